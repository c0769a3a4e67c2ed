"""Trainings that are killed at random moments and resumed, against ones that nothing disturbed: the same bytes."""

import os
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from real import WEIGHTS

TRAININGS = {
    "default": ["--epochs", "6"],
    "stages": [
        "--stages", "head:2@1e-3,block_16:2@1e-4,head:1@1e-4", "--head", "dense:256:relu,dropout:0.3,dense",
        "--augment", "flip,rotation:0.1", "--augment-variants", "2", "--mixup", "0.2"],
    "fresh-augmentation": ["--epochs", "3", "--augment", "flip,zoom:0.2", "--unfreeze", "Conv_1"],
}
# The others take several times as long each.
KILLS = {"default": 20, "stages": 10, "fresh-augmentation": 10}


def check(report, zoo, shared):
    for name, options in TRAININGS.items():
        if not report.wants(f"kills/{name}"):
            continue
        with report.check(f"kills/{name}") as check, tempfile.TemporaryDirectory() as folder:
            if (shared / WEIGHTS).exists():
                _compare(check, zoo, shared, Path(folder), options, KILLS[name])
            else:
                check.skipped = "the folder with real weights is not there (--shared)"


def _compare(check, zoo, shared, folder, options, kills):
    base = zoo.convert(shared / WEIGHTS, folder / "base.zoo")
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    places = random.Random(0)

    def train(output, *more):
        return [zoo.binary, "train", base, shared / "hymenoptera", "-o", output, "--no-plan", *options, *more]

    start = time.monotonic()
    subprocess.run(train(folder / "whole.zoo"), check=True, env=environment, capture_output=True)
    seconds = time.monotonic() - start
    expected = (folder / "whole.zoo").read_bytes()
    differing = []
    for number in range(kills):
        place = folder / str(number)
        place.mkdir()
        # Every fourth is killed in the middle of writing a checkpoint or the model.
        moment = "writing" if number % 4 == 3 else places.uniform(0, seconds)
        _kill(train(place / "model.zoo"), environment, place, moment, places.randrange(1, 5))
        subprocess.run(train(place / "model.zoo", "--resume"), check=True, env=environment, capture_output=True)
        if (place / "model.zoo").read_bytes() != expected:
            differing.append(f"{number} ({moment})")
        left = sorted(file.name for file in place.iterdir())
        check.that(
            all(name.startswith("model.") and not name.endswith((".lock", ".checkpoint")) for name in left),
            f"run {number} left {left}")
    check.note("kills", kills)
    check.note("differing", len(differing))
    check.that(not differing, "differ: " + ", ".join(differing))


def _kill(command, environment, place, moment, writes):
    """Kills after so many seconds, or as soon as the given number of unfinished files have been seen."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if moment == "writing":
        seen = set()
        while len(seen) < writes and process.poll() is None:
            seen |= {name for name in os.listdir(place) if name.endswith(".tmp")}
    else:
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            pass
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()

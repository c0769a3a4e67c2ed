"""This engine beside what a user would pick instead: same weights, same pictures, in turn, on one machine.

    python3 Benchmarks/peers.py --zoo .build/release/zoo

installs the peers into `.venv-peers` (8 GB: PyTorch from the package index brings its graphics libraries), makes
the networks, and runs every contender in a process of its own, A B C … A B C …, two threads each. Of a peer's
settings the fastest one is taken, found anew for each network and batch. Results are kept cell by cell, so that
`--networks` and `--batches` may measure some again.
"""

import argparse
import datetime
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent / "peers"
RESULTS = measure.RESULTS / "peers.json"
NETWORKS = ["VGG16", "ResNet50", "MobileNet", "MobileNetV2", "MobileNetV3Large", "EfficientNetB0", "EfficientNetV2B0",
            "DenseNet121", "Xception", "InceptionV3", "NASNetMobile", "ConvNeXtTiny", "mini-XCEPTION", "U-Net", "ViT"]
BATCHES = [1, 16]
# Contender → (runner, its settings).
CONTENDERS = {
    "zoo": ("zoo", ["float32"]),
    "Keras/TensorFlow": ("tensorflow", ["tf.function", "frozen", "XLA"]),
    "PyTorch": ("torch", ["eager", "TorchScript", "torch.compile"]),
    "ONNX Runtime": ("onnxruntime", ["all optimisations"]),
    "OpenVINO": ("openvino", ["latency", "throughput"]),
    "ncnn": ("ncnn", ["float32"]),
    "zoo bf16": ("zoo", ["bf16"]),
    "OpenVINO bf16": ("openvino", ["latency bf16", "throughput bf16"]),
    "ncnn bf16": ("ncnn", ["bf16"]),
}
# Largest relative L2 difference from Keras; bfloat16 has 8 significant bits.
LARGEST_ERROR, LARGEST_ERROR_BF16 = 1e-4, 1e-1
TRIAL = 0.5
PATIENCE = 300


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--batches", default=",".join(map(str, BATCHES)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of measuring, a contender and round")
    parser.add_argument("--venv", type=Path, default=HERE.parents[1] / ".venv-peers")
    parser.add_argument("--networks-in", type=Path, help="a folder where the networks are kept for the next time")
    options = parser.parse_args()
    os.environ["ZOO"] = str(options.zoo.resolve())
    python = installed(options.venv)
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.networks.split(","):
            folder = made(python, name, (options.networks_in or Path(temporary)).resolve() / name)
            for batch in map(int, options.batches.split(",")):
                keep(name, batch, cell(python, folder, batch, options))
    show()


def installed(folder):
    """The Python of a virtual environment with the peers in it."""
    python = folder / "bin/python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        requirements = HERE / "requirements.txt"
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "-r", requirements], check=True)
    return python


def made(python, name, folder):
    if not (folder / "network.zoo").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for command in ([python, HERE / "make.py", name, folder], [python, HERE / "export.py", folder]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        base = folder / "base"
        source = ["network.weights.h5", "--base", base.read_text()] if base.exists() else ["network.keras"]
        subprocess.run(
            [os.environ["ZOO"], "convert", *source, "-o", "network.zoo", "--quiet"], cwd=folder, check=True)
    return folder


def cell(python, folder, batch, options):
    """Contender → what was measured of it, or why it was not."""
    entrants = {}
    for contender, (runner, settings) in CONTENDERS.items():
        best = fastest(settings, lambda s: run(python, runner, folder, batch, s, TRIAL))
        entrants[contender] = (runner, best)
    rounds = {contender: [] for contender in entrants}
    for _ in range(options.rounds):
        for contender, (runner, setting) in entrants.items():
            rounds[contender].append(run(python, runner, folder, batch, setting, options.seconds))
    return {
        contender: {"setting": entrants[contender][1], **summary(contender, found)}
        for contender, found in rounds.items()}


def fastest(settings, trial):
    """Where there is a choice."""
    if len(settings) == 1:
        return settings[0]
    return min(settings, key=lambda setting: trial(setting).get("median", math.inf))


def run(python, runner, folder, batch, setting, seconds):
    """One process: {median, min, runs, peak, error}, or {reason}."""
    command = [python, HERE / f"run_{runner}.py", folder, str(batch), setting, str(seconds)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return {"reason": f"not ready within {PATIENCE} s"}
    if done.returncode == 0:
        return json.loads(done.stdout.strip().splitlines()[-1])
    said = done.stderr.strip().splitlines()
    return {"reason": said[-1] if said else f"ended with {done.returncode}"}


def summary(contender, rounds):
    failed = next((found for found in rounds if "reason" in found), None)
    if failed:
        return failed
    error = max(found["error"] for found in rounds)
    if not error <= (LARGEST_ERROR_BF16 if "bf16" in contender else LARGEST_ERROR):
        return {"reason": f"computes something else: relative error {error:.1e}"}
    return {
        "median": statistics.median(found["median"] for found in rounds),
        "min": min(found["min"] for found in rounds), "peak": max(found["peak"] for found in rounds),
        "error": error}


# Results.


def stored():
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {"cells": {}}


def keep(name, batch, results):
    everything = stored()
    everything["machine"] = measure.machine()
    everything["cells"][f"{name}, batch {batch}"] = {
        "date": datetime.date.today().isoformat(), "contenders": results}
    order = [f"{n}, batch {b}" for n in NETWORKS for b in BATCHES]
    everything["cells"] = {key: everything["cells"][key] for key in order if key in everything["cells"]}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(everything, indent=1) + "\n")


def show():
    everything = stored()
    cells = {key: cell["contenders"] for key, cell in everything["cells"].items()}
    dates = sorted({cell["date"] for cell in everything["cells"].values()})
    print(f"\n{everything['machine']}, {' to '.join(dict.fromkeys((dates[0], dates[-1])))}")
    table("Milliseconds a picture, median (least)", cells, lambda found, _: (
        f"{found['median']:.2f} ({found['min']:.2f})"))
    table("Times as long as zoo in the same precision", cells, ratio)
    table("Peak memory, MB", cells, lambda found, _: f"{found['peak']:.0f}")
    table("Relative L2 difference from Keras", cells, lambda found, _: f"{found['error']:.0e}")
    table("Settings", cells, lambda found, _: found["setting"])
    for key, contenders in cells.items():
        for contender, found in contenders.items():
            if "reason" in found:
                print(f"– {key}, {contender}: {found['reason']}")


def ratio(found, contenders):
    ours = contenders["zoo bf16" if "bf16" in found["setting"] else "zoo"]
    return f"{found['median'] / ours['median']:.2f}" if "median" in ours else "–"


def table(title, cells, text):
    print(f"\n{title}\n\n| | {' | '.join(CONTENDERS)} |\n|{'---|' * (len(CONTENDERS) + 1)}")
    for key, contenders in cells.items():
        row = [text(contenders[c], contenders) if "median" in contenders[c] else "–" for c in CONTENDERS]
        print(f"| {key} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()

"""`zoo convert` beside `cp` and beside h5py + safetensors, and the start-up time of `zoo list`."""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent
HEADER = ["what", "seconds", "× cp", "peak MB, largest process", "peak MB, each process", "wanted"]
WANTED = {
    ("VGG16", "zoo"): "≤ 5 × cp, less than Python, ≤ 150 MB", ("ResNet50", "zoo"): "≤ 0.5 s"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rows = []
    for constructor in ("VGG16", "ResNet50"):
        with tempfile.TemporaryDirectory() as folder:
            rows += conversion(options, constructor, Path(folder))
    rows.append(start_up(options))
    measure.publish("convert", HEADER, rows)


def conversion(options, constructor, folder):
    source = folder / f"{constructor}.h5"
    measure.run([sys.executable, HERE / "make_weights.py", constructor, source])
    megabytes = source.stat().st_size / measure.MEGABYTE
    outputs = [folder / name for name in (
        "copy.h5", "flushed.h5", "out.safetensors", "safe.safetensors", "out.zoo")]
    contenders = {
        "cp": ["cp", source, outputs[0]],
        "dd conv=fsync": [
            "dd", f"if={source}", f"of={outputs[1]}", "bs=1M", "conv=fsync", "status=none"],
        "h5py + safetensors": [sys.executable, HERE / "peer_convert.py", source, outputs[2]],
        "the same, hashed and flushed": [
            sys.executable, HERE / "peer_convert.py", source, outputs[3], "--safe"],
        "zoo": [options.zoo.resolve(), "convert", source, "-o", outputs[4], "--quiet"],
    }

    def remove_outputs():
        for output in outputs:
            output.unlink(missing_ok=True)
        os.sync()  # What the one before has left to be written is not the next one's work.

    usages = measure.alternated(contenders, options.rounds, before=remove_outputs)
    copy = usages["cp"].seconds
    return [
        row(f"{constructor} ({megabytes:.0f} MB): {name}", usage, usage.seconds / copy,
            WANTED.get((constructor, name), ""))
        for name, usage in usages.items()]


def start_up(options):
    usages = [measure.run([options.zoo.resolve(), "list"]) for _ in range(20)]
    seconds = statistics.median(usage.seconds for usage in usages)
    return ["zoo list", f"{seconds:.3f}", "", f"{max(u.peak for u in usages):.0f}", "", "≤ 0.040 s"]


def row(what, usage, ratio, wanted):
    processes = ", ".join(f"{name} {peak:.0f}" for name, peak in usage.processes.items())
    return [what, f"{usage.seconds:.3f}", f"{ratio:.2f}", f"{usage.peak:.0f}", processes, wanted]


if __name__ == "__main__":
    main()

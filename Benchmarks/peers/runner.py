"""What the runners share: run_X.py FOLDER BATCH VARIANT SECONDS runs one peer and prints one line of JSON."""

import json
import statistics
import sys
import time
from pathlib import Path

THREADS = 2
WARM_UP = 3
FEWEST = 5


def main(variants):
    """`variants`: name → function (folder, batch) → function () → array of batch × height × width × channels."""
    folder, batch, variant, seconds = sys.argv[1:5]
    folder, batch = Path(folder), int(batch)
    run = variants[variant](folder, batch)
    for _ in range(WARM_UP):
        output = run()
    times = timed(run, float(seconds))
    report([t * 1e3 / batch for t in times], peak(), error(folder, batch, output))


def report(times, peak, error):
    print(json.dumps({
        "median": statistics.median(times), "min": min(times), "runs": len(times), "peak": peak,
        "error": float(error)}))


def timed(run, seconds):
    """The time of each run."""
    times = []
    end = time.perf_counter() + seconds
    while len(times) < FEWEST or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times


def peak():
    """This process's largest resident size so far, MB."""
    status = Path("/proc/self/status").read_text()
    line = next(l for l in status.splitlines() if l.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def error(folder, batch, output):
    """The relative L2 difference from what Keras computed when the network was made."""
    import numpy as np

    expected = np.load(folder / "expected.npy")[:batch]
    return np.linalg.norm(np.asarray(output).reshape(expected.shape) - expected) / np.linalg.norm(expected)


def prepared(folder, batch, channels_first=False):
    import numpy as np

    pixels = np.load(folder / "prepared.npy", mmap_mode="r")[:batch]
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2) if channels_first else pixels)


def channels_last(output):
    return output.transpose(0, 2, 3, 1) if output.ndim == 4 else output

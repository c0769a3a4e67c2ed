"""This engine: `zoo bench`, and once `zoo extract` for the comparison of the outputs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import runner

# Only the standard library before `zoo` is started: what this process has in memory counts into the peak of
# those that it starts.
VARIANTS = {"float32": [], "bf16": ["--precision", "bf16"]}


def main(folder, batch, variant, seconds):
    zoo, model = os.environ["ZOO"], folder / "network.zoo"
    options = ["--threads", str(runner.THREADS), *VARIANTS[variant]]
    trial, _ = bench(zoo, model, batch, options, runs=runner.FEWEST)
    runs = max(runner.FEWEST, int(seconds * 1e3 / (trial["msPerImage"] * batch)))
    row, peak = bench(zoo, model, batch, options, runs)
    print(json.dumps({
        "median": row["msPerImage"], "min": row["minMsPerImage"], "runs": runs, "peak": peak,
        "error": float(difference(zoo, model, folder, batch, options))}))


def bench(zoo, model, batch, options, runs):
    command = [zoo, "bench", model, "--batch", str(batch), "--runs", str(runs), "--json", *options]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit(f"zoo bench ended with {os.waitstatus_to_exitcode(status)}")
    return json.loads(output)[0], usage.ru_maxrss * 1024 / 1e6


def difference(zoo, model, folder, batch, options):
    import numpy as np

    few, output = folder / "few.npy", folder / "zoo.npy"
    np.save(few, np.load(folder / "pixels.npy")[:batch])
    info = json.loads(subprocess.run([zoo, "info", model, "--json"], capture_output=True, check=True).stdout)
    last = info["outputs"][0]["layer"]
    subprocess.run(
        [zoo, "extract", model, few, "-o", output, "--layer", last, "--pooling", "none", "--batch", str(batch),
         "--quiet", *options], check=True)
    return runner.error(folder, batch, np.load(output))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))

"""`zoo convert` and `zoo export` beside tf2onnx and Keras' own exporter: from a Keras file to `.onnx`, and what ONNX
Runtime makes of it. Needs onnx, onnxruntime and tf2onnx beside Keras. An exporter that needs more memory than the machine
has left is stopped, and gets a row that says so; so does a file that ONNX Runtime cannot run. Rows of networks that are not
asked for stay as they were."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent
NETWORKS = ["VGG16", "ResNet50", "MobileNetV2", "EfficientNetB0"]
HEADER = ["network", "written by", "seconds", "peak MB", "nodes", "bytes", "ms a picture, batch 1", "batch 8"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary")
    parser.add_argument("--rounds", type=int, default=3, help="of writing, in turn")
    parser.add_argument("--runs", type=int, default=5, help="of each file in ONNX Runtime, in turn, a process each")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, help="constructors of Keras Applications")
    options = parser.parse_args()
    rows = [row for row in earlier() if row[0] not in options.networks]
    for network in options.networks:
        with tempfile.TemporaryDirectory() as folder:
            rows += compared(options, network, Path(folder))
    measure.publish("to_onnx", HEADER, sorted(rows, key=lambda row: [*NETWORKS, row[0]].index(row[0])))


def earlier():
    file = measure.RESULTS / "to_onnx.json"
    return json.loads(file.read_text())["rows"] if file.exists() else []


def compared(options, network, folder):
    script = HERE / "peer_to_onnx.py"
    measure.run([sys.executable, script, "make", network, folder])
    zoo, model = options.zoo.resolve(), folder / "model.zoo"
    convert = f"{zoo} convert {folder}/model.h5 -o {model} --quiet && {zoo} export {model} -o {folder}/zoo.onnx --quiet"
    contenders = {
        "zoo": ["sh", "-c", convert],
        "tf2onnx": [sys.executable, script, "tf2onnx", folder / "model.h5", folder / "tf2onnx.onnx"],
        "Keras": [sys.executable, script, "keras", folder / "model.keras", folder / "Keras.onnx"],
    }
    usages = measure.alternated({name: limited(c) for name, c in contenders.items() if works(c)}, options.rounds)
    files = {name: folder / f"{name}.onnx" for name in usages}
    # What differs by some percent needs the same weather for all.
    runs = [{name: ran(file) for name, file in files.items()} for _ in range(options.runs)]
    return [row(network, name, usages.get(name), files.get(name), [run.get(name) for run in runs]) for name in contenders]


def works(command):
    return subprocess.run(limited(command), capture_output=True).returncode == 0


def limited(command):
    """The kernel would end this process, or others' ones, rather than a process that asks for too much."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    available = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) * 1024
    return ["prlimit", f"--data={available}", *command]


def ran(file):
    """Nodes and times, `None` for what ONNX Runtime does not run."""
    done = subprocess.run([sys.executable, HERE / "peer_to_onnx.py", "run", file], stdout=subprocess.PIPE)
    return json.loads(done.stdout) if done.returncode == 0 else None


def row(network, name, usage, file, runs):
    if usage is None:
        return [network, name, "failed", *["—"] * (len(HEADER) - 3)]
    written = [network, name, f"{usage.seconds:.2f}", f"{usage.peak:,.0f}"]
    size = f"{file.stat().st_size:,}"
    if None in runs:
        return [*written, "—", size, "does not run", "—"]
    times = [statistics.median(batch) for batch in zip(*(run["times"] for run in runs))]
    return [*written, runs[0]["nodes"], size, *(f"{time:.2f}" for time in times)]


if __name__ == "__main__":
    main()

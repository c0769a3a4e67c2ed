"""From files to features: start-up, folders beside Keras, decoding beside Pillow, cost as pictures grow many."""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent
WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
HEADER = ["what", "measured", "wanted"]
COUNTS = (100, 1_000, 3_000, 10_000)
# How many pictures more, where the time of start and loading is not to count.
MORE = 400


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary")
    parser.add_argument("--shared", type=Path, required=True, help=f"a folder with {WEIGHTS} and hymenoptera/")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    weights, data = options.shared / WEIGHTS, options.shared / "hymenoptera"
    if not weights.is_file() or not data.is_dir():
        return print(f"pipeline: skipped, as {options.shared} has no {WEIGHTS} and hymenoptera/")
    photographs = sorted(p for p in data.resolve().rglob("*.jp*g"))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.zoo.resolve(), photographs, options.rounds, Path(folder))
        base = bench.converted(weights, "base")
        large = bench.converted(bench.random("ResNet50"), "resnet50")
        rows = [
            *bench.start_up(large), *bench.beside_keras(base, weights, data),
            *bench.kept(large), *bench.decoding(base), *bench.growth(base)]
    measure.publish("pipeline", HEADER, rows, photographs=len(photographs))


class Bench:
    def __init__(self, zoo, photographs, rounds, folder):
        self.zoo, self.photographs, self.rounds, self.folder = zoo, photographs, rounds, folder

    def random(self, constructor):
        weights = self.folder / f"{constructor}.h5"
        measure.run([sys.executable, HERE / "make_weights.py", constructor, weights])
        return weights

    def converted(self, weights, name):
        model = self.folder / f"{name}.zoo"
        measure.run([self.zoo, "convert", weights, "-o", model, "--quiet"])
        return model

    def links(self, count):
        """A folder of that many links to the photographs, which repeat."""
        folder = self.folder / f"links-{count}"
        if not folder.exists():
            folder.mkdir()
            for index, photograph in zip(range(count), itertools.cycle(self.photographs)):
                (folder / f"{index:05}.jpg").symlink_to(photograph)
        return folder

    def extract(self, model, pictures, *options, output="out.npy"):
        return [self.zoo, "extract", model, pictures, "-o", self.folder / output, "--quiet", *options]

    def seconds_a_picture(self, model, *options, prefix=()):
        """Without start and loading: by how much many pictures take longer than few."""
        few, many = self.links(16), self.links(16 + MORE)
        usages = measure.alternated({
            count: [*prefix, *self.extract(model, pictures, *options)]
            for count, pictures in (("few", few), ("many", many))}, self.rounds)
        return (usages["many"].seconds - usages["few"].seconds) / MORE

    def start_up(self, model):
        usages = [measure.run(self.extract(model, self.photographs[0])) for _ in range(4 * self.rounds)]
        seconds = statistics.median(usage.seconds for usage in usages)
        yield ["ResNet50: process start to the first picture's features", f"{seconds:.3f} s", "≤ 0.4 s"]

    def beside_keras(self, model, weights, data):
        usages = measure.alternated({
            "Keras": [sys.executable, HERE / "peer_extract.py", weights, data, self.folder / "keras.npy"],
            "zoo": self.extract(model, data, "--skip-bad", output="zoo.npy")}, self.rounds)
        keras, ours = usages["Keras"], usages["zoo"]
        yield ["the folder with MobileNetV2 0.35, whole command: Keras ÷ zoo",
               f"{keras.seconds / ours.seconds:.1f} ({keras.seconds:.2f} s ÷ {ours.seconds:.2f} s)", "≥ 3"]
        yield ["peak memory of the two", f"{keras.peak:.0f} and {ours.peak:.0f} MB", ""]
        yield ["difference of the features, relative L2", self.difference(), "≤ 1e-5"]

    def difference(self):
        import numpy as np

        ours, keras = (np.load(self.folder / f"{name}.npy") for name in ("zoo", "keras"))
        if len(keras) != len(ours):
            return f"{len(ours)} pictures, and Keras has {len(keras)}"
        return f"{np.linalg.norm(ours - keras) / np.linalg.norm(keras):.1e}"

    def kept(self, model):
        """How much of the engine's own speed is left when pictures come from files."""
        printed = subprocess.run(
            [self.zoo, "bench", model, "--batch", "32", "--json"], check=True, capture_output=True).stdout
        alone = json.loads(printed)[0]["msPerImage"]
        whole = 1e3 * self.seconds_a_picture(model)
        yield ["ResNet50 from a folder: share of the engine's own speed",
               f"{100 * alone / whole:.0f} % ({alone:.2f} ms of {whole:.2f} ms)", "≥ 90 %"]

    def decoding(self, model):
        """On one processor, with next to no network behind it."""
        names = self.folder / "names"
        names.write_text("\n".join(map(str, self.links(MORE).iterdir())))
        one = ("taskset", "--cpu-list", "0")
        ours = {}
        for label, options in (("bilinear", ()), ("nearest", ("--resize", "nearest")), ("draft", ("--fast-decode",))):
            ours[label] = self.seconds_a_picture(model, "--layer", "bn_Conv1", "--threads", "1", *options, prefix=one)
        for label, seconds in ours.items():
            command = [*one, sys.executable, HERE / "peer_decode.py", names, str(MORE), label]
            theirs = statistics.median(
                float(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(self.rounds))
            what = {"draft": "bilinear, scaled decoding"}.get(label, label)
            yield [f"decoding and resizing, {what}, one thread: Pillow ÷ zoo",
                   f"{theirs / seconds:.2f} ({1e3 * theirs:.2f} ms ÷ {1e3 * seconds:.2f} ms)", "≥ 1"]

    def growth(self, model):
        usages = {count: measure.run(self.extract(model, self.links(count))) for count in COUNTS}
        first, last = usages[COUNTS[0]], usages[COUNTS[-1]]
        slope = (last.seconds - first.seconds) / (COUNTS[-1] - COUNTS[0])
        for count, usage in usages.items():
            line = first.seconds + slope * (count - COUNTS[0])
            yield [f"{count} pictures", f"{usage.seconds:.2f} s ({100 * (usage.seconds / line - 1):+.1f} % of the "
                   f"line), {usage.peak:.0f} MB", "on a line, memory flat"]


if __name__ == "__main__":
    main()

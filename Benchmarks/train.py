"""`zoo train` beside Keras' `fit`: the default recipe, ten epochs, whole commands."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import measure

HERE = Path(__file__).resolve().parent
WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
HEADER = ["what", "seconds", "Keras ÷ it", "peak MB, largest process", "wanted"]
WANTED = {"zoo, nothing at hand": "Keras ÷ it ≥ 8", "zoo, features at hand": "Keras ÷ it ≥ 40"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary")
    parser.add_argument("--shared", type=Path, required=True, help=f"a folder with {WEIGHTS} and hymenoptera/")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    zoo, weights, data = options.zoo.resolve(), options.shared / WEIGHTS, options.shared / "hymenoptera"
    if not weights.is_file() or not data.is_dir():
        return print(f"train: skipped, as {options.shared} has no {WEIGHTS} and hymenoptera/")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        base = f"{folder}/base.zoo"
        measure.run([zoo, "convert", weights, "-o", base, "--quiet"])
        train = [zoo, "train", base, data, "-o", f"{folder}/model.zoo", "--quiet"]
        # In this order: the run that has the features at hand follows the one that computes them.
        cold = ["sh", "-c", 'rm -rf "$XDG_CACHE_HOME/zoo"; exec "$@"', "sh", *train]
        usages = measure.alternated({
            "Keras": [sys.executable, HERE / "peer_train.py", weights, data],
            "zoo, nothing at hand": cold, "zoo, features at hand": train}, options.rounds)
    keras = usages["Keras"].seconds
    rows = [
        [name, f"{usage.seconds:.2f}", f"{keras / usage.seconds:.1f}", f"{usage.peak:.0f}", WANTED.get(name, "")]
        for name, usage in usages.items()]
    measure.publish("train", HEADER, rows)


if __name__ == "__main__":
    main()

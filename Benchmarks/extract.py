"""`zoo extract` beside Keras' `predict`: raw pixels at batch 16, in turn, in one run."""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402

import measure  # noqa: E402

BATCH = 16
FEW, MANY = 16, 80
BASES = {"resnet50": "ResNet50", "vgg16": "VGG16", "mobilenetv2_1.0_224": "MobileNetV2"}
HEADER = ["base", "zoo ms/picture", "Keras ms/picture", "Keras ÷ zoo", "zoo whole command, s",
          "relative error", "wanted"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = []
    for base, constructor in BASES.items():
        with tempfile.TemporaryDirectory() as folder:
            rows.append(extraction(options, base, constructor, Path(folder)))
        keras.backend.clear_session()
    note = f"zoo: ({MANY} pictures − {FEW} pictures) / {MANY - FEW}, without start and loading; Keras: " \
        f"predict of {MANY} pictures that are preprocessed already, after a first call"
    measure.publish("extract", HEADER, rows, note=note, batch=BATCH)


def extraction(options, base, constructor, folder):
    model = getattr(keras.applications, constructor)(weights=None, include_top=False, pooling="avg")
    model.save_weights(folder / "model.weights.h5")
    zoo = options.zoo.resolve()
    subprocess.run([zoo, "convert", folder / "model.weights.h5", "-o", folder / "model.zoo", "--base", base,
                    "--quiet"], check=True)
    pixels = np.random.default_rng(0).integers(0, 256, (MANY, 224, 224, 3), "uint8")
    for count in (FEW, MANY):
        np.save(folder / f"{count}.npy", pixels[:count])
    prepared = preprocessed(constructor, pixels)
    model.predict(prepared[:BATCH], batch_size=BATCH, verbose=0)

    keras_seconds, zoo_seconds, whole = [], [], []
    for _ in range(options.rounds):
        seconds, expected = timed(lambda: model.predict(prepared, batch_size=BATCH, verbose=0))
        keras_seconds.append(seconds / MANY)
        few, many = (timed(lambda: extract(zoo, folder, count))[0] for count in (FEW, MANY))
        zoo_seconds.append((many - few) / (MANY - FEW))
        whole.append(many)
    error = np.linalg.norm(np.load(folder / "out.npy") - expected) / np.linalg.norm(expected)
    ours, theirs = statistics.median(zoo_seconds), statistics.median(keras_seconds)
    return [base, f"{1e3 * ours:.2f}", f"{1e3 * theirs:.2f}", f"{theirs / ours:.2f}",
            f"{statistics.median(whole):.2f}", f"{error:.1e}", "Keras ÷ zoo ≥ 1"]


def preprocessed(constructor, pixels):
    module = {"ResNet50": "resnet", "VGG16": "vgg16", "MobileNetV2": "mobilenet_v2"}[constructor]
    return getattr(keras.applications, module).preprocess_input(pixels.astype("float32"))


def extract(zoo, folder, count):
    subprocess.run(
        [zoo, "extract", folder / "model.zoo", folder / f"{count}.npy", "-o", folder / "out.npy", "--batch",
         str(BATCH), "--quiet"], check=True)


def timed(action):
    start = time.perf_counter()
    result = action()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    main()

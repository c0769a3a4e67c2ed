"""The default recipe over many seeds: `zoo train`, and Keras' `fit` of the same head on the same features.

Keras' `fit` repeats the batches of the first epoch in all others when it has a seed (3.15 on TensorFlow 2.21: the
order comes from a random operation in a `tf.data` pipeline, which begins anew with each epoch), where its
documentation says "before each epoch" of shuffling; `zoo train` does as the documentation says. So Keras is also
given a new order in each epoch.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402

import measure  # noqa: E402
from train import WEIGHTS  # noqa: E402

HEADER = ["what", "seeds", "mean of the best validation accuracies", "standard deviation", "standard error",
          "mean validation loss after the last epoch", "seeds 0, 1, 2"]

EPOCHS = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary")
    parser.add_argument("--shared", type=Path, required=True, help=f"a folder with {WEIGHTS} and hymenoptera/")
    parser.add_argument("--seeds", type=int, default=30)
    options = parser.parse_args()
    weights, data = options.shared / WEIGHTS, options.shared / "hymenoptera"
    if not weights.is_file() or not data.is_dir():
        return print(f"accuracy: skipped, as {options.shared} has no {WEIGHTS} and hymenoptera/")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        zoo = Program(options.zoo.resolve(), Path(folder))
        zoo.run("convert", weights, "-o", zoo.base)
        parts = [zoo.features(data / part) for part in ("train", "val")]
        rows = [
            row("zoo train", [zoo.train(data, seed) for seed in range(options.seeds)]),
            row("Keras' fit on features of zoo", [fit(*parts, seed) for seed in range(options.seeds)]),
            row("the same, a new order in each epoch", [refit(*parts, seed) for seed in range(options.seeds)])]
    measure.publish("accuracy", HEADER, rows)


class Program:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.base = binary, folder, folder / "base.zoo"

    def run(self, *arguments):
        subprocess.run([self.binary, *map(str, arguments), "--quiet"], check=True)

    def train(self, data, seed):
        """Of each epoch the accuracy and the loss on the validation pictures."""
        self.run("train", self.base, data, "-o", self.folder / "model.zoo", "--seed", seed)
        epochs = json.loads((self.folder / "model.log.json").read_text())["epochs"]
        return [(epoch["validationAccuracy"], epoch["validationLoss"]) for epoch in epochs]

    def features(self, pictures):
        self.run("extract", self.base, pictures, "-o", self.folder / "features.npz")
        with np.load(self.folder / "features.npz") as found:
            return found["features"], np.eye(len(found["class_names"]), dtype="float32")[found["labels"]]


def fit(training, validation, seed):
    history = head(training, seed).fit(
        *training, batch_size=32, epochs=EPOCHS, validation_data=validation, verbose=0).history
    return list(zip(history["val_accuracy"], history["val_loss"]))


def refit(training, validation, seed):
    model = head(training, seed)
    random = np.random.default_rng(seed)
    epochs = []
    for _ in range(EPOCHS):
        order = random.permutation(len(training[0]))
        history = model.fit(
            *(part[order] for part in training), batch_size=32, shuffle=False, validation_data=validation,
            verbose=0).history
        epochs.append((history["val_accuracy"][0], history["val_loss"][0]))
    return epochs


def head(training, seed):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(training[0].shape[1:])
    hidden = keras.layers.Dense(1024, activation="relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(training[1].shape[1], activation="softmax")(hidden))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def row(what, runs):
    best = [max(accuracy for accuracy, _ in run) for run in runs]
    deviation = statistics.stdev(best)
    return [what, len(runs), f"{statistics.mean(best):.4f}", f"{deviation:.4f}",
            f"{deviation / len(runs) ** 0.5:.4f}", f"{statistics.mean(run[-1][1] for run in runs):.4f}",
            ", ".join(f"{accuracy:.4f}" for accuracy in best[:3])]


if __name__ == "__main__":
    main()

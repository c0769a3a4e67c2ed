"""Fine-tuning steps in Keras, on one set of weights and batches for all who are compared.

peer_finetune.py prepare BASE BLOCK FOLDER: writes case.json and input.safetensors, for `zoo-train-parity`, too
peer_finetune.py train BASE BLOCK FOLDER: trains, writes keras.safetensors
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.append(str(Path(__file__).resolve().parents[1] / "Tests/Interop"))

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402

import models  # noqa: E402
import train_parity  # noqa: E402

BATCH, STEPS, SIZE, CLASSES, LEARNING_RATE = 16, 10, 224, 10, 1e-5


def prepare(name, block, folder):
    model, base = train_parity.build(name, SIZE, "block", block, classes=CLASSES)
    preprocess = getattr(keras.applications, models.NAMED[name].module).preprocess_input
    pixels = models.pictures(SIZE, BATCH * STEPS, seed=2).astype("float32")
    labels = np.random.default_rng(3).integers(0, CLASSES, len(pixels))
    given = {"pictures": preprocess(pixels), "targets": np.eye(CLASSES, dtype="float32")[labels]}
    save_file(given | train_parity.all_weights(model, base), folder / "input.safetensors")
    (folder / "case.json").write_text(json.dumps(dict(
        base=name, size=SIZE, classes=CLASSES, unfreeze=block, batch=BATCH, steps=STEPS,
        trainsBatchNormalization=False, learningRate=LEARNING_RATE, optimizer=dict(name="adam"))))


class FineTuned(keras.Model):
    """BatchNormalization in inference mode, where it is trained, too. In Keras 3.15 `fit` overrides the
    `training=False` that the base was called with."""

    def train_step(self, data):
        pictures, targets = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=targets, y_pred=self(pictures, training=False))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


class Clock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds, self.losses = [], []

    def on_train_batch_begin(self, batch, logs=None):
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)
        self.losses.append(logs["loss"])


def train(name, block, folder):
    given = load_file(folder / "input.safetensors")
    base = models.build(models.NAMED[name], top=False, size=SIZE)
    first = next(i for i, layer in enumerate(base.layers) if layer.name.startswith(block + "_"))
    for layer in base.layers[:first]:
        layer.trainable = False
    inputs = keras.Input((SIZE, SIZE, 3))
    values = keras.layers.GlobalAveragePooling2D()(base(inputs))
    dense = keras.layers.Dense(CLASSES, activation="softmax", name="dense")
    model = FineTuned(inputs, dense(values))
    for layer in [*base.layers, dense]:
        layer.set_weights([given[f"{layer.name}/{variable.name}"] for variable in layer.weights])
    model.compile(keras.optimizers.Adam(LEARNING_RATE), "categorical_crossentropy")
    clock = Clock()
    model.fit(given["pictures"], given["targets"], batch_size=BATCH, shuffle=False, verbose=0, callbacks=[clock])
    save_file({"seconds": np.array(clock.seconds), "losses": np.array(clock.losses)}, folder / "keras.safetensors")


if __name__ == "__main__":
    what, name, block, folder = sys.argv[1:]
    (prepare if what == "prepare" else train)(name, block, Path(folder))

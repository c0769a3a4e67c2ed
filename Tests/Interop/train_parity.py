"""Training steps beside Keras': same weights, same batches, the losses and the weights afterwards."""

import functools
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file, save_file

import models
import weights
from report import relative_error

STEPS = 20
BATCH = 8
CLASSES = 5
WEIGHTS_LIMIT = 1e-4
LOSS_LIMIT = 1e-5
# Of what training has changed: weights that hardly move would pass unchanged otherwise.
UPDATE_LIMIT = 1e-2

# Base, size of the pictures, beginning of the names of the last block.
BASES = {
    "vgg16": ("vgg16", 32, "block5"),
    "resnet50": ("resnet50", 64, "conv5"),
    "mobilenet": ("mobilenet_0.25_128", 64, "conv_dw_12"),
    "mobilenetv2": ("mobilenetv2_0.35_96", 64, "block_13"),
    "mobilenetv3": ("mobilenetv3small_0.75_224", 64, "expanded_conv_9"),
}
MODES = ("head", "block", "all", "all-batchnorm")
# As the program calls them, with the optimizer of Keras and its learning rate for a head and for a base.
OPTIMIZERS = {
    "sgd": (dict(name="sgd"), lambda lr: keras.optimizers.SGD(lr), 1e-2),
    "momentum": (dict(name="sgd", momentum=0.9),
                 lambda lr: keras.optimizers.SGD(lr, momentum=0.9), 1e-3),
    "nesterov": (dict(name="sgd", momentum=0.9, nesterov=True),
                 lambda lr: keras.optimizers.SGD(lr, momentum=0.9, nesterov=True), 1e-3),
    "adam": (dict(name="adam"), lambda lr: keras.optimizers.Adam(lr), 1e-3),
    "adamw": (dict(name="adamw"), lambda lr: keras.optimizers.AdamW(lr), 1e-3),
    "rmsprop": (dict(name="rmsprop"), lambda lr: keras.optimizers.RMSprop(lr), 1e-3),
    "rmsprop-centered": (dict(name="rmsprop", centered=True, momentum=0.5),
                         lambda lr: keras.optimizers.RMSprop(lr, centered=True, momentum=0.5), 1e-3),
    "clipvalue": (dict(name="sgd", clipValue=1e-3), lambda lr: keras.optimizers.SGD(lr, clipvalue=1e-3), 1e-1),
    "clipnorm": (dict(name="adam", clipNorm=0.01), lambda lr: keras.optimizers.Adam(lr, clipnorm=0.01), 1e-3),
    "global-clipnorm": (dict(name="sgd", globalClipNorm=0.1, weightDecay=0.01),
                        lambda lr: keras.optimizers.SGD(lr, global_clipnorm=0.1, weight_decay=0.01), 1e-2),
}


@dataclass(frozen=True)
class Case:
    base: str
    mode: str
    optimizer: str

    @property
    def name(self):
        return f"train_parity/{self.base}/{self.mode}/{self.optimizer}"

    @property
    def learning_rate(self):
        """Small for a base, as fine-tuning wants it: with random weights larger steps end in chaos."""
        rate = OPTIMIZERS[self.optimizer][2]
        return rate if self.mode == "head" else rate / {"vgg16": 10_000, "resnet50": 1_000}.get(self.base, 100)


def cases():
    """Every base in every mode with a plain and an adaptive rule; every rule on one base."""
    for base in BASES:
        for mode in MODES:
            # What is trained is one thing, how it is stepped another: all optimizers, with one weight and with all.
            every = base == "mobilenetv2" and mode in ("head", "all")
            for optimizer in OPTIMIZERS if every else ("sgd", "adam"):
                yield Case(base, mode, optimizer)


def check(report, zoo, shared):
    program = Path(zoo.binary).parent / "zoo-train-parity"
    for case in cases():
        if not report.wants(case.name):
            continue
        with report.check(case.name) as check:
            trained, expected, before = _compare(program, case)
            changed = [n for n in sorted(expected.weights) if (expected.weights[n] != before[n]).any()]
            errors = {n: relative_error(trained[n], expected.weights[n]) for n in expected.weights}
            worst = max(errors, key=errors.get)
            check.within("weights", relative_error(
                *(_joined(tensors, changed) for tensors in (trained, expected.weights))), WEIGHTS_LIMIT)
            check.within("loss", float(np.abs(trained["losses"] - expected.losses).max()), LOSS_LIMIT)
            check.within("worst", errors[worst], WEIGHTS_LIMIT)
            moved = relative_error(*(_joined(tensors, changed) for tensors in (expected.weights, before)))
            check.note("moved", moved)
            check.within("update", check.figures["weights"] / moved, UPDATE_LIMIT)
            check.note("losses", f"{expected.losses[0]:.3f}…{expected.losses[-1]:.3f}")
            check.note("of", worst)
        models.forget()


def _joined(tensors, names):
    return np.concatenate([tensors[n].ravel() for n in names])


@dataclass
class Trained:
    losses: np.ndarray
    weights: dict
    seconds: list = field(default_factory=list)


def _compare(program, case):
    base_name, size, block = BASES[case.base]
    model, base = build(base_name, size, case.mode, block)
    rng = np.random.default_rng(3)
    # Dark and bright ones in every batch.
    pixels = rng.permutation(models.pictures(size, STEPS * BATCH, seed=2))
    preprocess = getattr(keras.applications, models.NAMED[base_name].module).preprocess_input
    pictures = preprocess(np.array(pixels, "float32")).astype("float32")
    targets = np.eye(CLASSES, dtype="float32")[rng.integers(0, CLASSES, len(pictures))]
    given = {"pictures": pictures, "targets": targets} | all_weights(model, base)
    unfreeze = {"head": "head", "block": block}.get(case.mode, "all")
    settings = dict(
        base=base_name, size=size, classes=CLASSES, unfreeze=unfreeze, batch=BATCH, steps=STEPS,
        trainsBatchNormalization=case.mode == "all-batchnorm", learningRate=case.learning_rate,
        optimizer=OPTIMIZERS[case.optimizer][0])
    trained = run_program(program, settings, given)
    optimizer = OPTIMIZERS[case.optimizer][1](case.learning_rate)
    expected = run_keras(model, base, optimizer, pictures, targets, BATCH, case.mode == "all-batchnorm")
    expected.weights = {n: w for n, w in expected.weights.items() if n in trained}
    return trained, expected, given


def build(base_name, size, mode, block, seed=1, classes=CLASSES):
    """The base with random weights, a linear head on it, and frozen as the mode says."""
    base = models.build(models.NAMED[base_name], top=False, size=size)
    base.set_weights(_random_weights(base_name, size, seed))
    if mode == "head":
        base.trainable = False
    elif mode == "block":
        first = next(i for i, l in enumerate(base.layers) if l.name == block or l.name.startswith(block + "_"))
        for layer in base.layers[:first]:
            layer.trainable = False
    inputs = keras.Input((size, size, 3))
    x = base(inputs)
    x = keras.layers.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    outputs = keras.layers.Dense(classes, activation="softmax", name="dense", kernel_initializer=
                                 keras.initializers.GlorotUniform(seed))(x)
    return keras.Model(inputs, outputs), base


@functools.cache
def _random_weights(base_name, size, seed):
    named, calibration = models.NAMED[base_name], models.pictures(size, 16, seed=4)
    base = models.build(named, top=False, size=size)
    weights.randomise(named, base, calibration, seed=seed)
    _tame(named, base, calibration)
    return base.get_weights()


def _tame(named, base, pixels):
    """Random deep networks are chaotic, so float32's noise would hide what is compared.

    Normalizations that mostly keep their signs damp that. Large features would make losses of ten and more.
    """
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, *statistics = layer.get_weights()
            layer.set_weights([0.4 * gamma, beta + 0.6, *statistics])
        elif named.module.startswith("vgg") and layer.weights:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel * (1 / 64 if kernel.shape[2] == 3 else 1), bias + 0.6])
    weights.scale_features(named, base, pixels)


def all_weights(model, base):
    """By `layer/weight`, as the program names them."""
    found = {}
    for layer in [*base.layers, model.get_layer("dense")]:
        for variable in layer.weights:
            found[f"{layer.name}/{variable.name}"] = np.asarray(variable)
    return found


def run_program(program, settings, given):
    with tempfile.TemporaryDirectory() as folder:
        case, source, result = (Path(folder) / n for n in ("case.json", "input.safetensors", "out.safetensors"))
        case.write_text(json.dumps(settings))
        save_file({n: np.ascontiguousarray(w) for n, w in given.items()}, source)
        done = subprocess.run([program, case, source, result], capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip() or f"ended with {done.returncode}")
        return load_file(result)


def run_keras(model, base, optimizer, pictures, targets, batch, batch_statistics):
    loss_function = keras.losses.CategoricalCrossentropy()
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_function(y, model(x, training=batch_statistics))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    losses, seconds = [], []
    for start in range(0, len(pictures), batch):
        begin = time.monotonic()
        losses.append(float(step(pictures[start:start + batch], targets[start:start + batch])))
        seconds.append(time.monotonic() - begin)
    return Trained(np.array(losses), all_weights(model, base), seconds)

"""Whole models built and saved by Keras, a head on a base: zoo converts them whole and predicts what Keras does."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tf_keras

import models
import weights
from report import relative_error

LIMIT = 1e-5
SIZE = 64
CLASSES = 3
BASES = ["vgg16", "resnet50", "resnet50v2", "mobilenet_0.25_128", "mobilenetv2_0.35_96",
         "mobilenetv3small_0.75_224"]
# Of the other families.
OTHERS = ["densenet121", "efficientnetv2b0", "convnext_tiny"]
IMAGENET = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
# What a base does to its pixels, where it is built to leave that to others.
OUTSIDE = {"mobilenetv3small_0.75_224": lambda x: x / 127.5 - 1,
           "efficientnetv2s": lambda x: (x - 128) / 128,
           "efficientnetv2b0": lambda x: (x / 255 - IMAGENET[0]) / IMAGENET[1],
           "convnext_tiny": lambda x: (x / 255 - IMAGENET[0]) / IMAGENET[1]}


@dataclass(frozen=True)
class Kind:
    """How the base and the head are put together; `prepares`: raw pixels go in; `options`: of the base."""

    name: str
    build: Callable
    bases: tuple = tuple(BASES)
    writers: tuple = ("keras-3.keras", "tf-keras.h5")
    prepares: bool = False
    options: dict = field(default_factory=dict)


def _head(library, x):
    layers = library.layers
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(16, activation="relu")(x)
    x = layers.Dropout(0.3)(x)
    return layers.Dense(CLASSES, activation="softmax")(x)


def _flat(library, base):
    return library.Model(base.input, _head(library, base.output))


def _nested(library, base):
    picture = library.Input((SIZE, SIZE, 3))
    return library.Model(picture, _head(library, base(picture, training=False)))


def _sequential(library, base):
    layers = library.layers
    return library.Sequential([
        library.Input((SIZE, SIZE, 3)), base, layers.Flatten(), layers.BatchNormalization(),
        layers.Dense(CLASSES, activation="softmax")])


def _guide(library, base):
    """As Keras' guide to transfer learning builds it: augmentation, scaling, base, head."""
    layers = library.layers
    picture = library.Input((SIZE, SIZE, 3))
    x = library.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])(picture)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    return library.Model(picture, _head(library, base(x, training=False)))


def _calculated(library, base):
    """The preprocessing as operations."""
    picture = library.Input((SIZE, SIZE, 3))
    x = library.applications.mobilenet_v2.preprocess_input(picture)
    return library.Model(picture, _head(library, base(x, training=False)))


TF = ("resnet50v2", "mobilenet_0.25_128", "mobilenetv2_0.35_96")
WRITERS = {"keras-3.keras": (keras, ".keras"), "tf-keras.h5": (tf_keras, ".h5"),
           "keras-3.h5": (keras, ".h5"), "tf-keras.keras": (tf_keras, ".keras")}
KINDS = [Kind("nested", _nested, (*BASES, *OTHERS), tuple(WRITERS)), Kind("flat", _flat, (*BASES, *OTHERS)),
         Kind("outside", _nested, tuple(OUTSIDE), options={"include_preprocessing": False}), Kind("sequential", _sequential),
         Kind("guide", _guide, bases=TF, prepares=True), Kind("calculated", _calculated, bases=TF, prepares=True)]


def check(report, zoo, shared):
    for base in dict.fromkeys([*BASES, *OTHERS, *OUTSIDE]):
        wanted = [(kind, writer) for kind in KINDS if base in kind.bases for writer in kind.writers
                  if report.wants(_name(base, kind, writer))]
        if wanted:
            source = models.build(models.NAMED[base], False, SIZE)
            weights.randomise(models.NAMED[base], source, models.pictures(SIZE), seed=23)
            weights.scale_features(models.NAMED[base], source, models.pictures(SIZE))
            for kind, writer in wanted:
                with report.check(_name(base, kind, writer)) as check:
                    _compare(check, zoo, models.NAMED[base], source, kind, *WRITERS[writer])
        models.forget()


def _name(base, kind, writer):
    return f"heads/{base}/{kind.name}/{writer}"


def _compare(check, zoo, named, source, kind, library, suffix):
    base = models.build(named, False, SIZE, library, **kind.options)
    models.copy_weights(source, base)
    # A head that a chance has made answer the same to every picture would show nothing.
    library.utils.set_random_seed(1)
    model = kind.build(library, base)
    pixels = models.pictures(SIZE, count=3, seed=6)
    with tempfile.TemporaryDirectory() as folder:
        file, arrays = Path(folder) / f"model{suffix}", Path(folder) / "pixels.npy"
        model.save(file)
        np.save(arrays, pixels)
        converted = zoo.convert(file, Path(folder) / "model.zoo", base=named.name)
        layer = zoo.layers(converted)[-1]
        actual = zoo.extract(converted, arrays, output=Path(folder) / "out.npy", layer=layer)
    if kind.options:
        expected = np.asarray(model(OUTSIDE[named.name](pixels.astype("float32")), training=False))
    elif kind.prepares:
        expected = np.asarray(model(np.array(pixels, "float32"), training=False))
    else:
        expected = models.run(named, model, pixels)
    check.within("error", relative_error(actual, expected), LIMIT)
    check.that(relative_error(expected[0], expected[1]) > 1e-3, "the output is the same for all pictures")

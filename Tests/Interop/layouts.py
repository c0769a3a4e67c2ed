"""Every layout that Keras models are stored in: each converts and gives Keras' features."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import keras
import numpy as np
import tf_keras

import legacy
import models
import weights
from legacy import Style
from report import relative_error

LIMIT = 1e-5
BASES = ["vgg16", "resnet50", "mobilenet_0.25_224", "mobilenetv2_0.35_224", "mobilenetv3small_0.75_224"]


@dataclass(frozen=True)
class Layout:
    name: str
    suffix: str
    write: Callable
    # What the values are rounded to on their way into the file.
    value_type: str = "float32"
    top: bool = False
    bases: tuple = tuple(BASES)


class Case:
    """A base in both Kerases, with one set of random weights, and what Keras 3 makes of a picture."""

    def __init__(self, base, top):
        self.base, self.top = base, top
        self.model = models.build(base, top)
        weights.randomise(base, self.model, models.pictures(224), seed=7)
        self.pixels = models.pictures(224, seed=3)
        self.outputs = {}

    def copy(self, library=keras):
        model = models.build(self.base, self.top, library=library)
        models.copy_weights(self.model, model)
        return model

    def copy_of_type(self, policy):
        keras.config.set_dtype_policy(policy)
        try:
            return self.copy()
        finally:
            keras.config.set_dtype_policy("float32")

    def expected(self, value_type):
        """Class probabilities, or pooled features; with weights as the file can hold them."""
        if value_type not in self.outputs:
            output = models.run(self.base, self._rounded(value_type), self.pixels)
            self.outputs[value_type] = output if self.top else output.mean(axis=(1, 2))
        return self.outputs[value_type]

    def _rounded(self, value_type):
        if value_type == "float32":
            return self.model
        model = models.build(self.base, self.top)
        model.set_weights([legacy.rounded(w, value_type) for w in self.model.get_weights()])
        return model


# Written by Keras itself.


def save_weights(library, compiled=False):
    def write(case, file):
        model = case.copy(library)
        if compiled:
            _compile(model)
        model.save_weights(file)
    return write


def save_model(library, compiled=False):
    def write(case, file):
        model = case.copy(library)
        if compiled:
            _compile(model)
        model.save(file)
    return write


def _compile(model):
    """An optimizer with its moments, as after training."""
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)


def save_sharded(case, file):
    largest = max(w.nbytes for w in case.model.get_weights())
    case.copy().save_weights(file, max_shard_size=1.5 * largest / 2**30)


def save_of_type(policy):
    return lambda case, file: case.copy_of_type(policy).save_weights(file)


def without_names(case, file):
    """As Keras 3 wrote before late 2024."""
    case.copy().save_weights(file)
    with h5py.File(file, "a") as root:
        root.visititems(lambda _, item: item.attrs.pop("name", None) and None)


def checkpoint_dependencies(case, file):
    """As 2.12 to 2.14 wrote: another name for the group of the layers."""
    without_names(case, file)
    with h5py.File(file, "a") as root:
        root.move("layers", "_layer_checkpoint_dependencies")


# A head of two classes on the base, which is a layer of its own.


def nested(library, frozen, save, functional=False):
    def write(case, file):
        base = case.copy(library)
        for layer in base.layers[: int(frozen * len(base.layers))]:
            layer.trainable = False
        if frozen == 1:
            base.trainable = False
        getattr(_with_head(library, base, functional), save)(file)
    return write


def _with_head(library, base, functional):
    picture = library.Input((224, 224, 3))
    pool, dense = library.layers.GlobalAveragePooling2D(), library.layers.Dense(2)
    if functional:
        return library.Model(picture, dense(pool(base(picture, training=False))))
    return library.Sequential([picture, base, pool, dense])


# Written by hand.


def by_hand(path=legacy.keras2, style=Style(), rename=lambda name: name, order=list, version="2.1.6"):
    def write(case, file):
        listed = order(legacy.layers(case.model, path, rename))
        legacy.write(file, listed, style, version)
    return write


def _top_called(name):
    return lambda layer: name if layer == "predictions" else layer


def _by_keras():
    yield Layout("tf-keras", ".h5", save_weights(tf_keras))
    yield Layout("tf-keras-model", ".h5", save_model(tf_keras))
    yield Layout("tf-keras-model-optimizer", ".h5", save_model(tf_keras, compiled=True))
    yield Layout("tf-keras", ".weights.h5", save_weights(tf_keras))
    yield Layout("tf-keras", ".keras", save_model(tf_keras))
    yield Layout("keras-3-model", ".h5", save_model(keras))
    yield Layout("keras-3-model-optimizer", ".h5", save_model(keras, compiled=True))
    yield Layout("keras-3", ".weights.h5", save_weights(keras))
    yield Layout("keras-3-optimizer", ".weights.h5", save_weights(keras, compiled=True))
    yield Layout("keras-3-without-names", ".weights.h5", without_names)
    yield Layout("keras-2.12-dependencies", ".weights.h5", checkpoint_dependencies)
    yield Layout("keras-3-sharded", ".weights.json", save_sharded)
    yield Layout("keras-3", ".keras", save_model(keras))
    yield Layout("keras-3-optimizer", ".keras", save_model(keras, compiled=True))
    for policy in ("float16", "bfloat16", "float64"):
        yield Layout(f"keras-3-{policy}", ".weights.h5", save_of_type(policy), policy)


def _nested():
    for state, frozen in (("free", 0), ("frozen", 1), ("half-frozen", 0.5)):
        yield Layout(f"nested-{state}/tf-keras", ".h5", nested(tf_keras, frozen, "save_weights"))
        yield Layout(f"nested-{state}/tf-keras-model", ".h5", nested(tf_keras, frozen, "save"))
        yield Layout(f"nested-{state}/keras-3-model", ".h5", nested(keras, frozen, "save"))
        yield Layout(f"nested-{state}/keras-3", ".weights.h5", nested(keras, frozen, "save_weights"))
        yield Layout(f"nested-{state}/keras-3", ".keras", nested(keras, frozen, "save"))
    yield Layout("nested-functional/tf-keras-model", ".h5", nested(tf_keras, 1, "save", functional=True))
    yield Layout("nested-functional/keras-3", ".keras", nested(keras, 1, "save", functional=True))


def _by_hand():
    yield Layout("keras-2", ".h5", by_hand())
    yield Layout("keras-3-paths", ".h5", by_hand(legacy.keras3))
    yield Layout("variable-text", ".h5", by_hand(style=Style(text="variable")))
    yield Layout("utf-8-text", ".h5", by_hand(style=Style(text="utf-8")))
    yield Layout("scalar-text", ".h5", by_hand(style=Style(text="variable", scalars=True)))
    yield Layout("split-attributes", ".h5", by_hand(style=Style(parts=3)))
    for name, value_type in (("float16", "<f2"), ("float64", "<f8"), ("bfloat16", "bfloat16")):
        yield Layout(name, ".h5", by_hand(style=Style(value_type=value_type)), value_type)
    yield Layout("big-endian", ".h5", by_hand(style=Style(value_type=">f4")))
    yield Layout("chunked", ".h5", by_hand(style=Style(storage={"chunks": True})))
    yield Layout("compact", ".h5", by_hand(style=Style(compact=True)))
    yield Layout("gzip", ".h5", by_hand(style=Style(storage={"compression": "gzip", "compression_opts": 1})))
    yield Layout("shuffle", ".h5", by_hand(style=Style(storage={"shuffle": True, "fletcher32": True})))
    shuffled = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
    yield Layout("gzip-shuffle", ".h5", by_hand(style=Style(storage=shuffled)))


def _of_old_days():
    """Names that no Keras writes any more. Depthwise networks came with Keras 2."""
    theano = by_hand(style=Style(backend="theano"), order=legacy.turned_around)
    yield Layout("keras-2-theano", ".h5", theano, bases=("vgg16", "resnet50"))
    numbered = by_hand(legacy.keras1_numbered, version=None)
    yield Layout("keras-1", ".h5", by_hand(legacy.keras1, version=None), bases=("vgg16",))
    yield Layout("keras-1-numbered", ".h5", numbered, bases=("vgg16",))
    for top in (False, True):
        old = {"rename": legacy.old_resnet50, "order": legacy.shortcuts_last}
        ending, bases = "-top" if top else "", ("resnet50",)
        yield Layout(f"keras-1{ending}", ".h5", by_hand(legacy.keras1, version=None, **old), top=top,
                     bases=bases)
        yield Layout(f"old-names{ending}", ".h5", by_hand(**old), top=top, bases=bases)
    for name, base in (("probs", "resnet50"), ("Logits", "mobilenetv2_0.35_224")):
        yield Layout(f"top-called-{name}", ".h5", by_hand(rename=_top_called(name)), top=True, bases=(base,))


LAYOUTS = [*_by_keras(), *_nested(), *_by_hand(), *_of_old_days()]


def check(report, zoo, shared):
    for base in BASES:
        for top in (False, True):
            wanted = [
                layout for layout in LAYOUTS
                if base in layout.bases and layout.top == top and report.wants(_name(base, layout))]
            if wanted:
                _check_base(report, zoo, Case(models.NAMED[base], top), wanted)
                models.forget()


def _name(base, layout):
    return f"layouts/{base}/{layout.name}{layout.suffix}"


def _check_base(report, zoo, case, layouts):
    for layout in layouts:
        with report.check(_name(case.base.name, layout)) as check, tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"model{layout.suffix}"
            layout.write(case, file)
            actual = _features(zoo, case, file)
            check.within("error", relative_error(actual, case.expected(layout.value_type)), LIMIT)
            check.that(np.ptp(actual) > 0, "the features are all the same")


def _features(zoo, case, file):
    arrays, converted = file.with_name("pixels.npy"), file.with_name("out.zoo")
    np.save(arrays, case.pixels)
    zoo.convert(file, converted)
    options = {"layer": "predictions"} if case.top else {"pooling": "avg"}
    return zoo.extract(converted, arrays, output=file.with_name("features.npy"), **options)

"""Models given back to Keras as whole files: load_model opens them, they predict as zoo does, and zoo reads them."""

import functools
import tempfile
from pathlib import Path

import keras
import numpy as np
import safetensors.numpy
import tf_keras
from PIL import Image

import models
import weights
from report import relative_error

LIMIT = 1e-5
SIZE = 64
CLASSES = ("one", "three", "two")
BASES = ["vgg16", "resnet50", "resnet50v2", "mobilenet_0.25_128", "mobilenetv2_0.35_96",
         "mobilenetv3small_0.75_224"]
# What is exported: a base with a head that zoo trained, and bases as they are.
KINDS = {"trained": BASES, "top": BASES[1:], "no-top": BASES}
READERS = {"h5/keras-3": (".h5", keras), "h5/tf-keras": (".h5", tf_keras), "keras/keras-3": (".keras", keras)}


def check(report, zoo, shared):
    for name in BASES:
        for kind in (kind for kind, bases in KINDS.items() if name in bases):
            names = [f"giveback/{name}/{kind}/{case}" for case in CASES]
            if any(map(report.wants, names)):
                with tempfile.TemporaryDirectory() as folder:
                    journey = Journey(zoo, models.NAMED[name], kind, Path(folder))
                    for check_name, compare in zip(names, CASES.values()):
                        if report.wants(check_name):
                            with report.check(check_name) as check:
                                compare(check, journey)
                models.forget()


class Journey:
    """Random weights from Keras as a `.zoo` file, with a head trained on them where that is asked for."""

    def __init__(self, zoo, base, kind, folder):
        self.zoo, self.base, self.kind, self.folder = zoo, base, kind, folder
        self.pixels = models.pictures(SIZE, count=3, seed=5)

    @functools.cached_property
    def model(self):
        source = models.build(self.base, self.kind == "top", SIZE)
        weights.randomise(self.base, source, models.pictures(SIZE), seed=21)
        if self.kind != "top":
            weights.scale_features(self.base, source, models.pictures(SIZE))
        file = self.folder / "source.weights.h5"
        source.save_weights(file)
        base = self.zoo.convert(file, self.folder / "base.zoo", base=self.base.name, size=SIZE)
        return self._trained(base) if self.kind == "trained" else base

    def _trained(self, base):
        for number, name in enumerate(CLASSES):
            pictures = self.folder / "pictures" / name
            pictures.mkdir(parents=True)
            for index, pixels in enumerate(models.pictures(SIZE, count=8, seed=number)):
                Image.fromarray(pixels).save(pictures / f"{index}.png")
        model = self.folder / "trained.zoo"
        self.zoo.run("train", base, self.folder / "pictures", "-o", model, "--epochs", 2, "--batch", 8,
                     "--no-plan", "--quiet")
        return model

    @functools.cached_property
    def expected(self):
        return self.output(self.model)

    def tensors(self, model):
        return safetensors.numpy.load_file(self.zoo.export(model, self.folder / "tensors.safetensors"))

    def output(self, model):
        """What zoo computes for the model's last layer."""
        arrays = self.folder / "pixels.npy"
        np.save(arrays, self.pixels)
        layer = self.zoo.layers(model)[-1]
        output = self.zoo.extract(model, arrays, output=self.folder / "out.npy", layer=layer, pooling="none")
        return output.reshape(len(self.pixels), -1)


def _loaded(suffix, library, with_preprocessing):
    def compare(check, journey):
        options = ["--with-preprocessing"] if with_preprocessing else []
        file = journey.zoo.export(journey.model, journey.folder / f"model{suffix}", *options)
        model = library.models.load_model(file)
        check.note("layers", len(model.layers))
        if with_preprocessing:
            output = np.asarray(model(np.array(journey.pixels, "float32"), training=False))
        else:
            output = models.run(journey.base, model, journey.pixels)
        expected = journey.expected
        check.within("error", relative_error(output.reshape(expected.shape), expected), LIMIT)
        check.that(relative_error(expected[0], expected[1]) > 1e-3, "the output is the same for all pictures")
    return compare


def _converted_again(suffix, with_preprocessing):
    def compare(check, journey):
        options = ["--with-preprocessing"] if with_preprocessing else []
        file = journey.zoo.export(journey.model, journey.folder / f"model{suffix}", *options)
        again = journey.zoo.convert(file, journey.folder / "again.zoo", base=journey.base.name)
        expected, actual = journey.tensors(journey.model), journey.tensors(again)
        check.note("tensors", len(actual))
        for name, tensor in expected.items():
            check.that(name in actual and actual[name].tobytes() == tensor.tobytes(), f"{name} is another")
        check.within("error", relative_error(journey.output(again), journey.expected), LIMIT)
    return compare


CASES = {
    reader + ("/preprocessing" if pre else ""): _loaded(suffix, library, pre)
    for pre in (False, True) for reader, (suffix, library) in READERS.items()} | {
    f"back{suffix}" + ("/preprocessing" if pre else ""): _converted_again(suffix, pre)
    for pre in (False, True) for suffix in (".h5", ".keras")}

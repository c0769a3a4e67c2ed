"""A converted file exported again: every tensor bit for bit, names and order kept, and Keras loads it."""

import json
import tempfile
from pathlib import Path

import h5py
import numpy as np
import safetensors.numpy
import tf_keras

import models
import weights

# With top, and without.
BASES = {
    "vgg16": False, "resnet50": True, "mobilenet_0.25_224": True, "mobilenetv2_0.35_224": False,
    "mobilenetv3small_0.75_224": True}


def check(report, zoo, shared):
    for name, top in BASES.items():
        if any(report.wants(f"roundtrip/{name}/{subject}") for subject in SUBJECTS):
            with tempfile.TemporaryDirectory() as folder:
                _check_base(report, Journey(zoo, models.NAMED[name], top, Path(folder)))
            models.forget()


class Journey:
    """A file written by tf-keras, converted; and both Kerases' models to load exports with."""

    def __init__(self, zoo, base, top, folder):
        self.zoo, self.base, self.folder = zoo, base, folder
        self.keras, self.tf_keras = (
            models.build(base, top, library=library) for library in (models.keras, tf_keras))
        source = models.build(base, True)
        weights.randomise(base, source, models.pictures(224), seed=11)
        models.copy_weights(source, self.tf_keras)
        self.values = _values(self.tf_keras)
        self.source = folder / "source.h5"
        self.tf_keras.save_weights(self.source)
        self.converted = folder / "model.zoo"

    def export(self, name):
        if not self.converted.exists():
            self.zoo.convert(self.source, self.converted)
        return self.zoo.export(self.converted, self.folder / name)

    def names(self):
        return [
            f"{layer.name}/{variable.name}"
            for layer in models.weighted_layers(self.keras) for variable in layer.weights]


def _check_base(report, journey):
    for subject, compare in SUBJECTS.items():
        name = f"roundtrip/{journey.base.name}/{subject}"
        if report.wants(name):
            with report.check(name) as check:
                compare(check, journey)


def _values(model):
    return [w for layer in models.weighted_layers(model) for w in layer.get_weights()]


def _same_bits(check, names, actual, expected):
    check.note("tensors", len(actual))
    check.equal("tensors", len(actual), len(expected))
    for name, one, other in zip(names, actual, expected):
        same = one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        check.that(same, f"{name} is not the same to the bit")


def _same_file(check, journey):
    with h5py.File(journey.source) as source, h5py.File(journey.export("exported.h5")) as exported:
        layers = _texts(source.attrs["layer_names"])
        check.equal("layer_names", _texts(exported.attrs["layer_names"]), layers)
        paths, actual, expected = [], [], []
        for layer in layers:
            listed = _texts(source[layer].attrs["weight_names"])
            check.equal(f"weight_names of {layer}", _texts(exported[layer].attrs["weight_names"]), listed)
            paths += [f"{layer}/{weight}" for weight in listed]
        for path in paths:
            actual.append(exported[path][()])
            expected.append(source[path][()])
        _same_bits(check, paths, actual, expected)


def _texts(attribute):
    return [name.decode() if isinstance(name, bytes) else str(name) for name in attribute]


def _loaded(library, suffix):
    """Keras itself loads the export into a model with other weights."""
    def compare(check, journey):
        model = getattr(journey, library)
        model.set_weights([np.zeros_like(w) for w in model.get_weights()])
        model.load_weights(journey.export(f"exported{suffix}"))
        _same_bits(check, journey.names(), _values(model), journey.values)
    return compare


def _safetensors(check, journey):
    file = journey.export("exported.safetensors")
    arrays = safetensors.numpy.load_file(file)
    with open(file, "rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    header.pop("__metadata__", None)
    ordered = sorted(header, key=lambda name: header[name]["data_offsets"])
    check.equal("names", ordered, journey.names())
    _same_bits(check, ordered, [arrays[name] for name in ordered], journey.values)


def _npz(check, journey):
    with np.load(journey.export("exported.npz")) as arrays:
        check.equal("names", arrays.files, journey.names())
        _same_bits(check, arrays.files, [arrays[name] for name in arrays.files], journey.values)


SUBJECTS = {
    "h5": _same_file,
    "h5-loaded-by-keras-3": _loaded("keras", ".h5"),
    "h5-loaded-by-tf-keras": _loaded("tf_keras", ".h5"),
    "weights.h5-loaded-by-keras-3": _loaded("keras", ".weights.h5"),
    "safetensors": _safetensors,
    "npz": _npz,
}

"""Writes the legacy weights-only HDF5 layout by hand: names, attributes and types of every era."""

import re
from dataclasses import dataclass, field

import h5py
import ml_dtypes
import numpy as np


# HDF5 keeps an object's header below 64 KiB.
COMPACT_LIMIT = 60_000


@dataclass
class Style:
    """How names and values are stored."""

    # Text of the attributes: "fixed" (null-padded ASCII), "variable" or "utf-8".
    text: str = "fixed"
    # Attributes with the names of layers and weights in this many parts: layer_names0, layer_names1, …
    parts: int = 1
    # A single name is a scalar instead of an array of one.
    scalars: bool = False
    value_type: str = "<f4"
    # Passed to h5py's create_dataset.
    storage: dict = field(default_factory=dict)
    # Small values lie in the dataset's header.
    compact: bool = False
    backend: str = "tensorflow"


@dataclass
class Layer:
    """A layer of a file: its group, and the path and value of each weight in that group."""

    name: str
    weights: list


def layers(model, path, rename=lambda name: name):
    """All layers of a model, with and without weights; `path` names a weight as an era did."""
    for layer in model.layers:
        name, depthwise = rename(layer.name), "Depthwise" in type(layer).__name__
        kinds = [_kind(weight, depthwise) for weight in layer.weights]
        yield Layer(name, [(path(name, k), v) for k, v in zip(kinds, layer.get_weights())])


def _kind(weight, depthwise):
    """What Keras 2 called the weight."""
    return "depthwise_kernel" if depthwise and weight.name == "kernel" else weight.name


KERAS_1_NAMES = {
    "kernel": "W", "bias": "b", "gamma": "gamma", "beta": "beta",
    "moving_mean": "running_mean", "moving_variance": "running_std"}


def keras1(layer, kind):
    return f"{layer}_{KERAS_1_NAMES[kind]}:0"


def keras1_numbered(layer, kind):
    """As in the first VGG files, which were written from a second model of the session."""
    return f"{layer}_{KERAS_1_NAMES[kind]}_1:0"


def keras2(layer, kind):
    return f"{layer}/{kind}:0"


def keras3(layer, kind):
    return f"{layer}/{kind.replace('depthwise_kernel', 'kernel')}"


def old_resnet50(name):
    """Today's layer names as the first ResNet50 files have them: res2a_branch2a, bn2a_branch2a."""
    fixed = {"conv1_conv": "conv1", "conv1_bn": "bn_conv1", "predictions": "fc1000"}
    found = re.fullmatch(r"conv(\d)_block(\d)_(\d)_(conv|bn)", name)
    if not found:
        return fixed.get(name, name)
    stage, block, branch, kind = found.groups()
    prefix = "res" if kind == "conv" else "bn"
    ending = "1" if branch == "0" else f"2{'_abc'[int(branch)]}"
    return f"{prefix}{stage}{'_abcdef'[int(block)]}_branch{ending}"


def shortcuts_last(listed):
    """The old ResNet50's order: branch2c before branch1, where today's shortcut comes first."""
    listed = list(listed)
    for i, layer in enumerate(listed[:-1]):
        if layer.name.endswith("branch1") and layer.name[:-1] + "2c" == listed[i + 1].name:
            listed[i], listed[i + 1] = listed[i + 1], layer
    return listed


def turned_around(listed):
    """Kernels as the Theano backend stored them: its convolution turns them, TensorFlow's does not."""
    for layer in listed:
        weights = [(path, v[::-1, ::-1] if v.ndim == 4 else v) for path, v in layer.weights]
        yield Layer(layer.name, weights)


def write(file, listed, style=Style(), keras_version="2.1.6"):
    with h5py.File(file, "w") as root:
        listed = list(listed)
        if keras_version:
            root.attrs["backend"] = style.backend.encode()
            root.attrs["keras_version"] = keras_version.encode()
        _write_names(root, "layer_names", [layer.name for layer in listed], style)
        for layer in listed:
            group = root.create_group(layer.name)
            _write_names(group, "weight_names", [path for path, _ in layer.weights], style)
            for path, value in layer.weights:
                value = stored(value, style.value_type)
                group.create_dataset(path, data=value, **_storage(style, value))


def _storage(style, value):
    if not style.compact or value.nbytes > COMPACT_LIMIT:
        return style.storage
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    return style.storage | {"dcpl": properties}


def stored(value, value_type):
    """The value as the file holds it; bfloat16, which HDF5 does not know, as two opaque bytes."""
    if value_type == "bfloat16":
        return value.astype(ml_dtypes.bfloat16).view("V2")
    return value.astype(value_type)


def rounded(value, value_type):
    """The value in float32 that such a file still holds."""
    kind = ml_dtypes.bfloat16 if value_type == "bfloat16" else value_type
    return value.astype(kind).astype("float32")


def _write_names(group, attribute, names, style):
    if not names:
        group.attrs[attribute] = np.zeros((0,), "float64")
        return
    parts = np.array_split(np.array(names, dtype=object), min(style.parts, len(names)))
    for number, part in enumerate(parts):
        key = attribute if len(parts) == 1 else f"{attribute}{number}"
        values = _text(part, style.text)
        group.attrs[key] = values[0] if style.scalars and len(part) == 1 else values


def _text(names, text):
    if text == "fixed":
        return np.array([name.encode() for name in names])
    encoding = "ascii" if text == "variable" else "utf-8"
    return np.array(list(names), dtype=h5py.string_dtype(encoding))

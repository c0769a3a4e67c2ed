"""Whole models from a table, made by both Kerases: zoo converts them, computes what Keras does, and gives them back."""

import fnmatch
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tf_keras

from program import ZooFailed
from report import relative_error

LIMIT = 1e-5
LIBRARIES = {"keras-3": keras, "tf-keras": tf_keras}
CONTAINERS = [".h5", ".keras", ".weights.h5+json"]


@dataclass(frozen=True)
class Model:
    """`layers` makes the output, or a list of outputs, from a library and an input of the shape."""

    name: str
    layers: object
    shape: tuple = (9, 8, 3)
    libraries: tuple = tuple(LIBRARIES)
    span: tuple = (-2.0, 2.0)
    # In every container rather than in the one whose turn it is.
    everywhere: bool = False
    # The writers whose files Keras itself cannot read again, as "keras-3.h5".
    unreadable: tuple = ()
    # Why today's Keras 3 has no way to say it, when it has none.
    gives_back: bool = True
    reason: str = ""

    def writers(self, number):
        """The libraries and containers it is compared in: the containers take turns over the rows of a table."""
        for turn, library in enumerate(self.libraries):
            containers = [c for c in CONTAINERS if f"{library}{c}" not in self.unreadable]
            start = (number + turn) % len(containers)
            yield from ((library, c) for c in (containers if self.everywhere else containers[start:start + 1]))


def has(kind):
    """The libraries that have a layer."""
    return tuple(name for name, library in LIBRARIES.items() if hasattr(library.layers, kind))


def one(kind, *arguments, **options):
    """A single layer, as a model's `layers`."""
    return lambda library, x: getattr(library.layers, kind)(*arguments, **options)(x)


def labelled(kind, options):
    """A row's name, in which a pattern's brackets do not occur."""
    parts = [re.sub(r"[^\w.-]+", "_", f"{key}_{value}").strip("_") for key, value in options.items()]
    return "-".join([kind, *parts])


def compare_all(report, zoo, subject, table, refused=()):
    """Rows whose names match one of `refused` must be refused by the layer's name, and never taken otherwise."""
    for number, row in enumerate(table):
        for library, container in row.writers(number):
            name = f"{subject}/{row.name}/{library}{container}"
            if report.wants(name):
                with report.check(name) as result:
                    compare = _expect_refusal if any(fnmatch.fnmatch(row.name, name) for name in refused) else _compare
                    compare(result, zoo, row, LIBRARIES[library], container)
                keras.backend.clear_session()
                tf_keras.backend.clear_session()


def _compare(result, zoo, row, library, container):
    model, pixels = made(row, library)
    expected = outputs(model, pixels)
    result.that(all(map(lively, expected)), "Keras' own output is degenerate: the comparison says nothing")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        np.save(folder / "pixels.npy", pixels)
        converted = zoo.convert(save(model, folder, container), folder / "model.zoo")
        result.within("error", _worst(_run(zoo, converted, folder), expected), LIMIT)
        if row.gives_back:
            again = keras.models.load_model(zoo.export(converted, folder / "back.keras"))
            result.within("back", _worst(outputs(again, pixels), expected), LIMIT)
        else:
            result.note("not given back", row.reason)


def _expect_refusal(result, zoo, row, library, container):
    model, _ = made(row, library)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        try:
            zoo.convert(save(model, folder, container), folder / "model.zoo")
        except ZooFailed as failure:
            result.that("not supported: layer '" in str(failure), f"refused otherwise: {failure}")
        else:
            result.that(False, "taken, though it is not supported")


def made(row, library):
    """The model with its weights, and pictures for it."""
    random = np.random.default_rng(5)
    picture = library.Input(row.shape)
    model = library.Model(picture, row.layers(library, picture))
    model.set_weights([random_values(random, weight) for weight in model.weights])
    for layer in model._flatten_layers():
        if hasattr(layer, "finalize_state"):  # Normalization computes with copies of its weights.
            layer.finalize_state()
    return model, _pictures(random, row)


def _pictures(random, row):
    """Of different brightness: the means of mere noise would all be alike."""
    noise = random.uniform(*row.span, (3, *row.shape))
    brightness = random.uniform(*row.span, (3, *[1] * len(row.shape)))
    return (0.6 * noise + 0.4 * brightness).astype("float32")


def outputs(model, pixels):
    result = model(pixels, training=False)
    return [np.asarray(one) for one in (result if isinstance(result, (list, tuple)) else [result])]


def save(model, folder, container):
    file = folder / ("model" + container.split("+")[0])
    if container.endswith("json"):
        model.save_weights(file)
        (folder / "model.json").write_text(model.to_json())
    else:
        model.save(file)
    return file


def _run(zoo, model, folder):
    """Every output, in the model's order."""
    layers = [output["layer"] for output in json.loads(zoo.run("info", model, "--json"))["outputs"]]
    return [zoo.extract(model, folder / "pixels.npy", output=folder / "out.npy", layer=layer, pooling="none")
            for layer in layers]


def _worst(actual, expected):
    """The largest of the outputs' errors; another number of outputs is infinitely wrong."""
    if len(actual) != len(expected):
        return float("inf")
    return max(map(relative_error, actual, expected))


def lively(output):
    """Not mostly one value, not saturated, and another one for another picture."""
    flat = output.reshape(len(output), -1)
    if not np.isfinite(flat).all() or relative_error(flat[0], flat[1]) < 1e-3:
        return False
    if flat.shape[1] == 1:
        return True
    values, counts = np.unique(flat, return_counts=True)
    probabilities = np.allclose(flat.sum(axis=1), 1, atol=1e-4) and (flat >= 0).all()
    return len(values) > 1 and counts.max() < 0.9 * flat.size and not (probabilities and flat.max() > 0.97)


def random_values(random, weight):
    """Random, and such that nothing vanishes or explodes. Counts stay as they are."""
    shape, path = tuple(weight.shape), getattr(weight, "path", weight.name)
    name = path.split("/")[-1].split(":")[0]
    if "int" in str(weight.dtype):
        return np.asarray(weight)
    if "variance" in name:
        return random.uniform(0.5, 1.5, shape)
    if name == "alpha":
        return random.uniform(0.05, 0.5, shape)
    if name == "embeddings":
        return random.normal(0, 0.5, shape)
    if name in ("gamma", "scale", "concat_score_weight"):
        return np.asarray(1 + random.normal(0, 0.3, shape))
    if "/query/" in path or "/key/" in path:  # Small ones would weigh all positions alike.
        return random.normal(0, 1.5 * shape[0] ** -0.5, shape)
    if "depthwise" in path and len(shape) > 2:
        return random.normal(0, np.prod(shape[:-2]) ** -0.5, shape)
    if len(shape) > 1:
        return random.normal(0, np.prod(shape[:-1]) ** -0.5, shape)
    return np.asarray(random.normal(0, 0.3, shape))

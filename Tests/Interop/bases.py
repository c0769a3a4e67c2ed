"""Every base, with top and without, written by both Kerases: the same output as Keras 3 gives."""

import itertools
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tf_keras

import models
import weights
from report import relative_error

LIMIT = 1e-5
# From here on, the check also measures how far Keras' own float32 is from float64.
NEAR_LIMIT = 5e-6
OTHER_SIZES = (97, 131, 193, 65, 250)
# The layouts of Keras 3, which rotate over the bases.
KERAS_3_SUFFIXES = (".weights.h5", ".h5", ".keras")


@dataclass(frozen=True)
class Comparison:
    base: models.Base
    top: bool
    size: int
    suffix: str
    legacy: bool

    @property
    def writer(self):
        return f"{'tf-keras' if self.legacy else 'keras-3'}{self.suffix}"

    @property
    def variant(self):
        return "top" if self.top else "no-top"

    @property
    def name(self):
        return f"bases/{self.base.name}/{self.variant}/{self.size}/{self.writer}"


def check(report, zoo, shared):
    _check_list(report, zoo)
    numbers = itertools.count()
    for group in models.groups():
        planned = [c for base in group for c in _plan(base, next(numbers)) if report.wants(c.name)]
        if planned:
            _check_group(report, zoo, planned)
            models.forget()


def _check_list(report, zoo):
    if not report.wants("bases/list"):
        return
    with report.check("bases/list") as check:
        listed = {row["name"] for row in zoo.list()}
        missing = [name for name in models.NAMED if name not in listed]
        check.note("bases", len(listed))
        check.equal("bases that zoo does not list", missing, [])


def _plan(base, number):
    """Both variants from both writers at the default size; the other size from one of the writers."""
    other = OTHER_SIZES[number % len(OTHER_SIZES)]
    for top in (True, False):
        suffix = KERAS_3_SUFFIXES[(number + top) % len(KERAS_3_SUFFIXES)]
        yield Comparison(base, top, base.size, ".h5", legacy=True)
        yield Comparison(base, top, base.size, suffix, legacy=False)
    if number % 2:
        yield Comparison(base, False, other, ".h5", legacy=True)
    else:
        yield Comparison(base, False, other, suffix, legacy=False)


class Group:
    """Bases that share their weights: Keras fills one model with top, all others copy it."""

    def __init__(self, base):
        self.base = base
        self.source = models.build(base, top=True, size=224)
        weights.randomise(base, self.source, models.pictures(224), seed=int(100 * (base.alpha or 1)))
        self.outputs = {}

    def model(self, comparison, size, library=models.keras):
        model = models.build(comparison.base, comparison.top, size, library)
        models.copy_weights(self.source, model)
        return model

    def write(self, comparison, folder):
        library = tf_keras if comparison.legacy else models.keras
        model = self.model(comparison, 224, library)
        file = folder / f"model{comparison.suffix}"
        if comparison.legacy or comparison.suffix == ".weights.h5":
            model.save_weights(file)
        else:
            model.save(file)
        return file

    def expected(self, comparison, pixels):
        """Keras 3's output, computed once for both writers."""
        key = (comparison.top, comparison.size)
        if key not in self.outputs:
            model = self.model(comparison, comparison.size)
            self.outputs[key] = models.run(comparison.base, model, pixels)
        return self.outputs[key]

    def expected_in_float64(self, comparison, pixels):
        base, top, size = comparison.base, comparison.top, comparison.size
        return models.in_float64(base, self.source, top, size, pixels)


def _check_group(report, zoo, planned):
    group = Group(planned[0].base)
    for top in (True, False):
        chosen = [c for c in planned if c.top == top]
        for writer in dict.fromkeys(c.writer for c in chosen):
            same_file = [c for c in chosen if c.writer == writer]
            with tempfile.TemporaryDirectory() as folder:
                file = group.write(same_file[0], Path(folder))
                for comparison in same_file:
                    with report.check(comparison.name) as check:
                        _compare(check, zoo, group, comparison, file)


def _compare(check, zoo, group, comparison, file):
    pixels = models.pictures(comparison.size, seed=comparison.size)
    expected = group.expected(comparison, pixels)
    actual = _output(check, zoo, comparison, file, pixels)
    check.within("error", relative_error(actual, expected), LIMIT)
    check.that(
        np.array_equal(_winners(actual), _winners(expected)), "another arg-max than Keras'")
    check.that(_lively(expected), "Keras' own output is degenerate: the comparison says nothing")
    if check.figures["error"] > NEAR_LIMIT:
        exact = group.expected_in_float64(comparison, pixels)
        check.note("to float64", relative_error(actual, exact))
        check.note("Keras to float64", relative_error(expected, exact))


def _output(check, zoo, comparison, file, pixels):
    """Converts and extracts. The default size must be recognised, others are asked for by name."""
    base, arrays, converted = comparison.base, file.with_name("pixels.npy"), file.with_name("out.zoo")
    np.save(arrays, pixels)
    name = None if base.size == 224 else base.name
    size = None if comparison.size == base.size else comparison.size
    if name is None:
        check.equal("identified", zoo.identify(file)["base"], base.name)
    zoo.convert(file, converted, base=name, size=size)
    options = {"layer": "predictions"} if comparison.top else {"pooling": "none"}
    return zoo.extract(converted, arrays, output=file.with_name("features.npy"), **options)


def _winners(output):
    return output.reshape(len(output), -1).argmax(axis=1)


def _lively(output):
    """Neither constant nor saturated, and another one for another picture."""
    flat = output.reshape(len(output), -1)
    probabilities = np.allclose(flat.sum(axis=1), 1, atol=1e-4) and (flat >= 0).all()
    return (
        (flat.std(axis=1) > 0).all()
        and relative_error(flat[0], flat[1]) > 1e-3
        and not (probabilities and flat.max() > 0.9))

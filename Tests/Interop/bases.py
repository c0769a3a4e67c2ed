"""Every base, with top and without, written by both Kerases: the same output as Keras 3 gives.

Of the larger families one base is compared in every way, each other one once.
"""

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
DEFAULT_SIZE = 224
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
    pooling: str = "none"

    @property
    def writer(self):
        return f"{'tf-keras' if self.legacy else 'keras-3'}{self.suffix}"

    @property
    def written_size(self):
        """The size of the model that is written."""
        return self.base.sampled or DEFAULT_SIZE

    @property
    def converted_size(self):
        """What the file converts to unless told otherwise: a whole model brings the size it was built at."""
        weights_only = self.legacy or self.suffix == ".weights.h5"
        return self.base.size if weights_only else self.written_size

    @property
    def variant(self):
        return "top" if self.top else "no-top" if self.pooling == "none" else f"no-top-{self.pooling}"

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
    if base.sampled:
        suffix = (".h5", *KERAS_3_SUFFIXES)[number % (1 + len(KERAS_3_SUFFIXES))]
        yield Comparison(base, False, base.sampled, suffix, legacy=number % (1 + len(KERAS_3_SUFFIXES)) == 0)
        return
    suffix, suffix_no_top = (KERAS_3_SUFFIXES[(number + i) % len(KERAS_3_SUFFIXES)] for i in (0, 1))
    pooling = ("avg", "max")[number % 2]
    yield Comparison(base, True, base.size, ".h5", legacy=True)
    yield Comparison(base, True, base.size, suffix, legacy=False)
    yield Comparison(base, False, base.size, ".h5", legacy=True)
    yield Comparison(base, False, base.size, suffix_no_top, legacy=False, pooling=pooling)
    sizes = [size for size in OTHER_SIZES if size >= base.minimum]
    other = sizes[number % len(sizes)]
    if number % 2:
        yield Comparison(base, False, other, ".h5", legacy=True)
    else:
        yield Comparison(base, False, other, suffix_no_top, legacy=False)


class Group:
    """Bases that share their weights: Keras fills one model with top, all others copy it."""

    def __init__(self, base):
        self.base = base
        size = base.sampled or DEFAULT_SIZE
        self.source = models.build(base, top=not base.sampled, size=size)
        weights.randomise(base, self.source, models.pictures(size), seed=int(100 * (base.alpha or 1)))
        self.outputs = {}

    def model(self, comparison, size, library=models.keras):
        model = models.build(comparison.base, comparison.top, size, library)
        models.copy_weights(self.source, model)
        return model

    def write(self, comparison, folder):
        library = tf_keras if comparison.legacy else models.keras
        model = self.model(comparison, comparison.written_size, library)
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
    expected = _pooled(group.expected(comparison, pixels), comparison.pooling)
    actual = _output(check, zoo, comparison, file, pixels)
    error = relative_error(actual, expected)
    check.note("error", error)
    check.that(
        np.array_equal(_winners(actual), _winners(expected)), "another arg-max than Keras'")
    check.that(_lively(expected), "Keras' own output is degenerate: the comparison says nothing")
    if error > NEAR_LIMIT:
        exact = _pooled(group.expected_in_float64(comparison, pixels), comparison.pooling)
        ours, theirs = relative_error(actual, exact), relative_error(expected, exact)
        check.note("to float64", ours)
        check.note("Keras to float64", theirs)
        # The deepest networks amplify rounding beyond the limit, Keras' as well: then as near to the exact values as Keras is.
        as_near = ours <= 1.1 * theirs and ours <= 5 * LIMIT
        check.that(error <= LIMIT or as_near, f"error is {error:.2e}, at most {LIMIT} is allowed")


def _pooled(output, pooling):
    return {"none": lambda: output, "avg": lambda: output.mean(axis=(1, 2)),
            "max": lambda: output.max(axis=(1, 2))}[pooling]()


def _output(check, zoo, comparison, file, pixels):
    """Converts and extracts. Weights that are one base's, and the default size, must be recognised."""
    base, arrays, converted = comparison.base, file.with_name("pixels.npy"), file.with_name("out.zoo")
    np.save(arrays, pixels)
    name = None if base.size == DEFAULT_SIZE or models.is_alone(base) else base.name
    size = None if comparison.size == comparison.converted_size else comparison.size
    if name is None:
        check.equal("identified", zoo.identify(file)["base"], base.name)
    zoo.convert(file, converted, base=name, size=size)
    options = {"layer": base.classifier} if comparison.top else {"pooling": comparison.pooling}
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

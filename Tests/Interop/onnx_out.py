"""Models written as ONNX: the checker passes them, and ONNX Runtime and OpenVINO compute what zoo computes.

Every base with other weights once, small, with top and without (of the larger families' bases that are compared once,
in turns); the published architectures; every layer kind; trained classifiers. Options take turns.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import openvino

import architectures
import giveback
import kinds
import models
import onnx_elsewhere
import weights
import whole
from program import ZooFailed
from report import relative_error

LIMIT = 1e-5
SIZE = 64
COUNT = 5
# What is written for training or for a converter's own use.
LEFTOVERS = {"Identity", "Dropout", "Cast"}
# Read by OpenVINO as well.
SAMPLE = ["vgg16", "resnet50", "resnet101v2", "mobilenet_0.25_224", "mobilenetv2_0.35_224", "mobilenetv3small_1.0_224",
          "densenet121", "xception", "efficientnetb0", "convnext_tiny"]
OPSETS = range(13, onnx.defs.onnx_opset_version() + 1)
CLASSIFIERS = ["vgg16", "mobilenetv2_0.35_96", "mobilenetv3small_0.75_224"]


def check(report, zoo, shared):
    _check_bases(report, zoo)
    _check_tables(report, zoo)
    _check_classifiers(report, zoo)
    _check_wild(report, zoo, shared)
    onnx_elsewhere.check(report, zoo)


# Bases.

@dataclass(frozen=True)
class Variant:
    """A way in which a base is written."""

    top: bool
    layout: str
    prepares: bool

    @property
    def name(self):
        return "-".join(["top" if self.top else "no-top", self.layout, *(["preprocessing"] if self.prepares else [])])


VARIANTS = [Variant(True, "nchw", True), Variant(False, "nhwc", False)]


def _check_bases(report, zoo):
    for number, base in enumerate(group[0] for group in models.groups()):
        variants = [VARIANTS[number % len(VARIANTS)]] if base.sampled else VARIANTS
        names = {f"onnx/bases/{base.name}/{variant.name}": variant for variant in variants}
        others = [name for name in _others(base) if report.wants(name)]
        if not any(map(report.wants, names)) and not others:
            continue
        with tempfile.TemporaryDirectory() as folder:
            made = Made(base, zoo, Path(folder))
            for name, variant in names.items():
                if report.wants(name):
                    with report.check(name) as result:
                        made.compare(result, variant)
            for name in others:
                with report.check(name) as result:
                    _others(base)[name](result, made)
        models.forget()


class Made:
    """A base with random weights, as a Keras model and as `.zoo` files."""

    def __init__(self, base, zoo, folder):
        self.base, self.zoo, self.folder = base, zoo, folder
        # With top, VGG has one size only: it flattens.
        self.size = base.sampled or (base.size if base.module.startswith("vgg") else max(SIZE, base.minimum))
        self.model = models.build(base, True, self.size)
        weights.randomise(base, self.model, models.pictures(self.size), seed=3)
        self.pixels = models.pictures(self.size, count=COUNT, seed=7)
        np.save(folder / "pixels.npy", self.pixels)

    def converted(self, top):
        name = "top" if top else "no-top"
        target = self.folder / f"{name}.zoo"
        if not target.exists():
            model = self.model
            if not top:
                model = models.build(self.base, False, self.size)
                models.copy_weights(self.model, model)
            file = self.folder / f"{name}.weights.h5"
            model.save_weights(file)
            self.zoo.run("convert", file, "-o", target, "--base", self.base.name, "--input-size", self.size,
                         "--quiet", *([] if top else ["--no-top"]))
        return target

    def expected(self, top):
        return self.zoo.extract(
            self.converted(top), self.folder / "pixels.npy", output=self.folder / "out.npy",
            layer=self.base.classifier if top else None, pooling="none")

    def prepared(self):
        preprocess = getattr(keras.applications, self.base.module).preprocess_input
        return preprocess(np.array(self.pixels, "float32"))

    def export(self, variant, *options):
        options = ["--layout", variant.layout, *(["--with-preprocessing"] if variant.prepares else []), *options]
        return self.zoo.export(self.converted(variant.top), self.folder / "model.onnx", *options)

    def compare(self, result, variant):
        file = self.export(variant)
        pixels = np.array(self.pixels, "float32") if variant.prepares else self.prepared()
        expected = self.expected(variant.top)
        _check_file(result, file)
        actual = _run(result, file, pixels, variant.layout)[0].reshape(expected.shape)
        error = relative_error(actual, expected)
        result.note("error", error)
        result.that(np.array_equal(_winners(actual), _winners(expected)), "another arg-max than zoo's")
        result.that(relative_error(expected[0], expected[1]) > 1e-3, "the output is the same for all pictures")
        if error > LIMIT:
            exact = models.in_float64(self.base, self.model, variant.top, self.size, self.pixels)
            theirs, ours = relative_error(actual, exact), relative_error(expected, exact)
            result.note("to float64", theirs)
            result.note("zoo to float64", ours)
            # The deepest networks amplify rounding beyond the limit, whoever computes them.
            result.that(theirs <= 5 * LIMIT and ours <= 5 * LIMIT, f"error is {error:.2e}, at most {LIMIT} is allowed")
        if self.base.name in SAMPLE:
            other = _run_openvino(file, pixels, variant.layout)[0].reshape(expected.shape)
            result.within("OpenVINO", relative_error(other, expected), 5 * LIMIT)


def _others(base):
    """Options that need not be tried with every base."""
    found = {}
    if base.name in ("resnet50", "mobilenetv3small_1.0_224", "convnext_tiny"):
        found[f"onnx/opsets/{base.name}"] = _compare_opsets
        found[f"onnx/keep-batchnorm/{base.name}"] = _compare_kept
        found[f"onnx/half/{base.name}"] = _compare_half
        found[f"onnx/batch-3/{base.name}"] = _compare_fixed_batch
    if base.name in ("vgg16", "resnet50", "xception", "inceptionv3"):
        found[f"onnx/any-size/{base.name}"] = _compare_any_size
    return found


def _compare_opsets(result, made):
    """Every opset that the checker knows and ONNX Runtime runs."""
    worst = 0.0
    for opset in OPSETS:
        file = made.export(VARIANTS[0], "--opset", opset)
        _check_file(result, file)
        actual = _run(result, file, np.array(made.pixels, "float32"), "nchw")[0]
        worst = max(worst, relative_error(actual, made.expected(True).reshape(actual.shape)))
    result.note("opsets", len(OPSETS))
    result.within("error", worst, LIMIT)


def _compare_kept(result, made):
    file = made.export(VARIANTS[0], "--keep-batchnorm")
    _check_file(result, file)
    kept = sum(node.op_type == "BatchNormalization" for node in onnx.load(file).graph.node)
    wanted = sum(isinstance(l, keras.layers.BatchNormalization) for l in made.model.layers)
    result.equal("BatchNormalizations", kept, wanted)
    actual = _run(result, file, np.array(made.pixels, "float32"), "nchw")[0]
    result.within("error", relative_error(actual, made.expected(True).reshape(actual.shape)), LIMIT)


def _compare_half(result, made):
    file = made.export(VARIANTS[0], "--half")
    _check_file(result, file)
    actual = _run(result, file, np.array(made.pixels, "float16"), "nchw")[0]
    expected = made.expected(True).reshape(actual.shape)
    result.within("error", relative_error(actual, expected), 3e-2)


def _compare_fixed_batch(result, made):
    file = made.export(VARIANTS[0], "--batch", 3)
    _check_file(result, file)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    result.equal("shape", session.get_inputs()[0].shape, [3, 3, made.size, made.size])
    pixels = np.array(made.pixels[:3], "float32")
    actual = session.run(None, {session.get_inputs()[0].name: _placed(pixels, "nchw")})[0]
    expected = made.expected(True).reshape(COUNT, -1)[:3]
    result.within("error", relative_error(actual.reshape(expected.shape), expected), LIMIT)


def _compare_any_size(result, made):
    """Made for one size, run with pictures of others: as zoo with the base's own graph for those."""
    file = made.export(Variant(False, "nchw", True), "--any-size")
    _check_file(result, file)
    worst = 0.0
    for height, width in ((made.size + 1, made.size + 38), (made.size + 64, made.size)):
        model, pixels = made.folder / "other.zoo", made.folder / "other.npy"
        made.zoo.run("convert", made.folder / "no-top.weights.h5", "-o", model, "--base", made.base.name, "--no-top",
                     "--input-size", f"{height}x{width}", "--quiet")
        pictures = np.random.default_rng(height).uniform(0, 255, (2, height, width, 3)).astype("float32")
        np.save(pixels, pictures)
        expected = made.zoo.extract(model, pixels, output=made.folder / "other-out.npy", pooling="none")
        worst = max(worst, relative_error(_run(result, file, pictures, "nchw")[0], expected))
    result.within("error", worst, LIMIT)


# Small models from the tables of the other comparisons.

def _check_tables(report, zoo):
    for subject, table, refused in (("architectures", architectures.table(), ()),
                                    ("kinds", kinds.table(), kinds.REFUSED)):
        for number, row in enumerate(table):
            name = f"onnx/{subject}/{row.name}"
            if not report.wants(name) or any(whole.fnmatch.fnmatch(row.name, pattern) for pattern in refused):
                continue
            with report.check(name) as result:
                _compare_row(result, zoo, row, number)
            models.forget()


def _compare_row(result, zoo, row, number):
    """The library, the layout and the opset take turns."""
    library, container = list(row.writers(number))[-1]
    layout = ("nchw", "nhwc")[number % 2]
    opset = (20, 13, 17, 18)[number // 2 % 4]
    model, pixels = whole.made(row, whole.LIBRARIES[library])
    pixels = np.concatenate([pixels, pixels[::-1]])[:COUNT]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        np.save(folder / "pixels.npy", pixels)
        try:
            converted = zoo.convert(whole.save(model, folder, container), folder / "model.zoo")
        except ZooFailed:
            result.skipped = "not converted; the subject itself tells why"
            return
        expected = whole._run(zoo, converted, folder)
        options = ["--layout", layout, "--opset", opset]
        if any(f"-{name}" in f"-{row.name}" for name in NO_COUNTERPART):
            return _expect_refusal(result, zoo, converted, folder)
        file = zoo.export(converted, folder / "model.onnx", *options)
        _check_file(result, file, may_count=any(name in row.name for name in COUNTING))
        actual = _run(result, file, pixels, layout)
        result.equal("outputs", len(actual), len(expected))
        result.within("error", max(map(relative_error, actual, expected)), LIMIT)
        _check_half(zoo, converted, folder)


def _check_half(zoo, converted, folder):
    """Few programs compute all operators in float16: the checker sees to it that they take that type."""
    try:
        file = zoo.export(converted, folder / "half.onnx", "--half", "--keep-batchnorm", "--opset", OPSETS[-1])
    except ZooFailed as failure:
        if "float16 does not have" not in str(failure):
            raise
    else:
        onnx.checker.check_model(file, full_check=True)


NO_COUNTERPART = ["sparsemax"]
# Whose values are the numbers of rows.
COUNTING = ["Embedding", "vit", "positions"]


def _expect_refusal(result, zoo, converted, folder):
    try:
        zoo.export(converted, folder / "model.onnx")
    except ZooFailed as failure:
        result.that("ONNX has no" in str(failure), f"refused otherwise: {failure}")
        result.that(not (folder / "model.onnx").exists(), "a file was left")
    else:
        result.that(False, "written, though ONNX does not have it")


# Trained classifiers.

def _check_classifiers(report, zoo):
    for name in CLASSIFIERS:
        check_name = f"onnx/trained/{name}"
        if report.wants(check_name):
            with report.check(check_name) as result, tempfile.TemporaryDirectory() as folder:
                journey = giveback.Journey(zoo, models.NAMED[name], "trained", Path(folder))
                file = zoo.export(journey.model, Path(folder) / "model.onnx", "--with-preprocessing")
                _check_file(result, file)
                properties = {p.key: p.value for p in onnx.load(file).metadata_props}
                result.equal("classes", json.loads(properties["class_names"]), list(giveback.CLASSES))
                actual = _run(result, file, np.array(journey.pixels, "float32"), "nchw")[0]
                result.within("error", relative_error(actual.reshape(journey.expected.shape), journey.expected), LIMIT)
                result.that(np.array_equal(_winners(actual), _winners(journey.expected)), "another arg-max than zoo's")
            models.forget()


# Public models, with the outputs that real Keras gave.

def _check_wild(report, zoo, shared):
    for reference in sorted((shared / "models").glob("*.reference.npz")):
        file = reference.with_name(reference.name.removesuffix(".reference.npz"))
        if report.wants(f"onnx/wild/{file.name}"):
            with report.check(f"onnx/wild/{file.name}") as result, tempfile.TemporaryDirectory() as folder:
                arrays = np.load(reference)
                exported = zoo.export(zoo.convert(file, Path(folder) / "model.zoo"), Path(folder) / "model.onnx")
                _check_file(result, exported)
                actual = _run(result, exported, np.array(arrays["x0"], "float32"), "nchw")[0]
                result.within("error", relative_error(actual, arrays["y0"]), LIMIT)
                result.that(np.array_equal(_winners(actual), _winners(arrays["y0"])), "another arg-max than Keras'")


# Files.

def _check_file(result, file, may_count=False):
    """The checker's own checks, and that nothing is in the file that need not be."""
    onnx.checker.check_model(file, full_check=True)
    model = onnx.load(file)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    known = {value.name for value in inferred.graph.value_info} | {value.name for value in inferred.graph.output}
    made = {output for node in model.graph.node for output in node.output}
    result.that(made <= known, f"no shape is inferred for {sorted(made - known)[:3]}")
    names = [node.op_type for node in model.graph.node]
    result.note("nodes", len(names))
    # A model that does nothing is one Identity.
    left = (LEFTOVERS - ({"Cast"} if may_count else set())) & set(names) if names != ["Identity"] else set()
    result.that(not left, f"needless nodes: {sorted(left)}")


def _placed(pixels, layout):
    """As the model takes them; what is no picture lies as it is."""
    return pixels.transpose(0, 3, 1, 2) if layout == "nchw" and pixels.ndim == 4 else pixels


def _as_in_keras(output, layout):
    return output.transpose(0, 2, 3, 1) if layout == "nchw" and output.ndim == 4 else output


def _run(result, file, pixels, layout):
    """All pictures together; the first one by itself must give the same."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    together = session.run(None, {name: np.ascontiguousarray(_placed(pixels, layout))})
    alone = session.run(None, {name: np.ascontiguousarray(_placed(pixels[:1], layout))})
    limit = LIMIT if pixels.dtype == np.float32 else 1e-2
    result.that(all(np.linalg.norm(one - all_[:1]) <= limit * np.linalg.norm(all_) for one, all_ in zip(alone, together)),
                "a picture by itself gives another result")
    return [_as_in_keras(output, layout) for output in together]


def _run_openvino(file, pixels, layout):
    compiled = openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    outputs = compiled([np.ascontiguousarray(_placed(pixels, layout))])
    return [_as_in_keras(outputs[output], layout) for output in compiled.outputs]


def _winners(output):
    return output.reshape(len(output), -1).argmax(axis=1)

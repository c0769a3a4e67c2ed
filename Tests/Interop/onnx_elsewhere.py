"""Keras files that other ways to ONNX fail on, made as their programs make them: zoo writes them as ONNX, and ONNX Runtime
computes what zoo does, and what the Keras that made them does."""

import json
import tempfile
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import onnx
import tf_keras

import models
import onnx_out
from program import ZooFailed
from report import relative_error

LIMIT = 1e-5
COUNT = 5


def check(report, zoo):
    for name, case in CASES.items():
        if report.wants(f"onnx/elsewhere/{name}"):
            with report.check(f"onnx/elsewhere/{name}") as result, tempfile.TemporaryDirectory() as folder:
                case(result, zoo, Path(folder))
            models.forget()


def _compare(result, zoo, file, pixels, theirs):
    """Returns the properties of the model that was written."""
    folder = file.parent
    np.save(folder / "pixels.npy", pixels)
    model = folder / "model.zoo"
    zoo.run("convert", file, "-o", model, "--preprocessing", "none", "--quiet")
    ours = zoo.extract(model, folder / "pixels.npy", output=folder / "out.npy", layer=zoo.layers(model)[-1], pooling="none")
    written = zoo.export(model, folder / "model.onnx")
    onnx_out._check_file(result, written)
    actual = onnx_out._run(result, written, pixels, "nchw")[0]
    result.within("error", relative_error(actual, ours), LIMIT)
    result.within("to Keras", relative_error(actual, theirs), LIMIT)
    result.that(np.array_equal(actual.argmax(-1), ours.argmax(-1)), "another arg-max than zoo's")
    result.that(relative_error(ours[0], ours[1]) > 1e-3, "the output is the same for all pictures")
    return {entry.key: entry.value for entry in onnx.load(written).metadata_props}


def _pixels(size):
    return np.random.default_rng(5).uniform(-1, 1, (COUNT, size, size, 3)).astype("float32")


def _opens(library, file):
    try:
        library.models.load_model(file, compile=False)
    except Exception:
        return False
    return True


def _sequential(container):
    """A Sequential of Keras 3 that was never told its input, but only called: its exporter and tf2onnx ask for one."""
    def compare(result, zoo, folder):
        layers, pixels = keras.layers, _pixels(32)
        model = keras.Sequential([
            layers.Conv2D(8, 3, activation="relu"), layers.BatchNormalization(), layers.MaxPooling2D(), layers.Flatten(),
            layers.Dropout(0.5), layers.Dense(4, activation="softmax")])
        file = folder / f"model{container}"
        model.save(file)
        try:
            zoo.convert(file, folder / "model.zoo")
        except ZooFailed as failure:
            result.that("/" not in str(failure).replace(str(file), ""), f"more than a line: {failure}")
        else:
            result.that(False, "a model without weights was converted")
        theirs = model(pixels).numpy()
        model.save(file)
        _compare(result, zoo, file, pixels, theirs)
    return compare


def _keras_2_2(result, zoo, folder):
    """Keras 2.2 wrote a ReLU's numbers as NumPy's, which Keras 3 does not read, and knew no groups."""
    layers, pixels = tf_keras.layers, _pixels(32)
    model = tf_keras.Sequential([
        layers.Conv2D(8, 3, strides=2, use_bias=False, input_shape=(32, 32, 3)), layers.BatchNormalization(),
        layers.ReLU(6.0), layers.DepthwiseConv2D(3, padding="same"), layers.BatchNormalization(), layers.ReLU(6.0),
        layers.GlobalAveragePooling2D(), layers.Dense(4, activation="softmax")])
    file = folder / "model.h5"
    model.save(file, save_format="h5")
    with h5py.File(file, "r+") as opened:
        config = json.loads(opened.attrs["model_config"])
        config["config"]["layers"] = [_as_in_2_2(layer) for layer in config["config"]["layers"]
                                      if layer["class_name"] != "InputLayer"]
        opened.attrs["model_config"] = np.bytes_(json.dumps(config))
        opened.attrs["keras_version"] = np.bytes_("2.2.4")
    result.that(not _opens(keras, file), "Keras 3 opens it")
    _compare(result, zoo, file, pixels, model.predict(pixels, verbose=0))


def _as_in_2_2(layer):
    config = layer["config"]
    config.pop("groups", None)
    if layer["class_name"] == "ReLU":
        for name in ("max_value", "negative_slope", "threshold"):
            config[name] = {"type": "ndarray", "value": config[name]}
    return layer


def _teachable_machine(result, zoo, folder):
    """A MobileNetV2 within a Sequential, two Dense within another, and the names of the classes, all in a zip."""
    layers, pixels = tf_keras.layers, _pixels(224)
    base = tf_keras.applications.MobileNetV2((224, 224, 3), alpha=0.35, include_top=False, weights=None)
    model = tf_keras.Sequential([
        tf_keras.Sequential([base, layers.GlobalAveragePooling2D()]),
        tf_keras.Sequential([layers.Dense(100, activation="relu", input_shape=(1280,)),
                             layers.Dense(3, activation="softmax", use_bias=False)])])
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0
    base(pixels, training=True)
    inside, file = folder / "keras_model.h5", folder / "converted_keras.zip"
    model.save(inside, save_format="h5")
    result.that(not _opens(keras, inside), "Keras 3 opens it")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inside, inside.name)
        archive.writestr("labels.txt", "0 Cat\n1 Dog\n2 Neither one\n")
    properties = _compare(result, zoo, file, pixels, model.predict(pixels, verbose=0))
    result.equal("classes", json.loads(properties["class_names"]), ["Cat", "Dog", "Neither one"])


CASES = {
    "sequential.keras": _sequential(".keras"), "sequential.h5": _sequential(".h5"), "keras-2.2.h5": _keras_2_2,
    "teachable-machine.zip": _teachable_machine}

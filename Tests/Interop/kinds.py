"""Small models of every layer kind and activation, made by both Kerases from a table: zoo converts them whole, from each
container, predicts what Keras does, and gives them back."""

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tf_keras

from report import relative_error

LIMIT = 1e-5
LIBRARIES = {"keras-3": keras, "tf-keras": tf_keras}
CONTAINERS = [".h5", ".keras", ".weights.h5+json"]
ACTIVATIONS = ["linear", "relu", "relu6", "sigmoid", "tanh", "silu", "elu", "selu", "gelu", "softplus", "exponential",
               "mish", "softmax"]
# What Keras 2 does not have, or has as another function.
ACTIVATIONS_OF_KERAS_3 = ["leaky_relu", "hard_tanh", "hard_sigmoid", "hard_silu", "swish"]


@dataclass(frozen=True)
class Model:
    """A layer, or several, behind an input of a shape."""

    name: str
    layers: object
    shape: tuple = (9, 8, 3)
    libraries: tuple = tuple(LIBRARIES)
    span: tuple = field(default=(-2.0, 2.0))


def _one(kind, *arguments, **options):
    return lambda library, x: getattr(library.layers, kind)(*arguments, **options)(x)


def _activation(name):
    def build(library, x):
        if name == "exponential":  # Of itself it would be infinite.
            return library.layers.Conv2D(5, 3, activation=name)(x)
        x = library.layers.Conv2D(5, 3, activation=name)(x)
        x = library.layers.Activation(name)(x)
        return library.layers.Dense(4, activation=name)(library.layers.Flatten()(x))
    return build


def _branches(merge):
    def build(library, x):
        layers = library.layers
        return merge(layers, [layers.Conv2D(4, 1)(x), layers.Conv2D(4, 3, padding="same")(x)])
    return build


def _lenet(library, x):
    layers = library.layers
    x = layers.Conv2D(6, 5, padding="same", activation="tanh")(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.Conv2D(16, 5, activation="tanh")(x)
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    return layers.Dense(10, activation="softmax")(layers.Dense(84, activation="tanh")(x))


def _cifar(library, x):
    """As in Keras' tutorials on small pictures."""
    layers = library.layers
    x = layers.Rescaling(1 / 255)(layers.RandomFlip("horizontal")(x))
    for filters in (16, 32):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.Dropout(0.25)(layers.MaxPooling2D(2)(layers.BatchNormalization()(x)))
    return layers.Dense(10)(layers.Dense(32, activation="relu")(layers.Flatten()(x)))


def _xception(library, x):
    """As mini-XCEPTION, for faces of 64 pixels in gray."""
    layers = library.layers
    x = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv2D(8, 3, use_bias=False)(x)))
    for filters in (16, 32):
        y = layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(x)
        y = layers.BatchNormalization()(y)
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(layers.BatchNormalization()(x))
        x = layers.Add()([x, y])
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(7, 3, padding="same")(x))
    return layers.Activation("softmax")(x)


def _residual(library, x):
    layers = library.layers
    for filters in (8, 16):
        y = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
        x = layers.ReLU()(layers.Add()([y, layers.Conv2D(filters, 1, strides=2, padding="same")(x)]))
    return layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))


def _nested(library, x):
    layers = library.layers
    inner = library.Sequential([library.Input((9, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()])
    inner.layers[0].trainable = False
    middle = library.Sequential([inner, layers.GlobalAveragePooling2D(), layers.BatchNormalization()])
    return layers.Dense(3, activation="sigmoid")(middle(x))


def _table():
    for name in ACTIVATIONS + ACTIVATIONS_OF_KERAS_3:
        libraries = tuple(LIBRARIES) if name in ACTIVATIONS else ("keras-3",)
        yield Model(f"activation-{name}", _activation(name), libraries=libraries)
    for padding in ("valid", "same"):
        for strides, dilation in ((1, 1), (2, 1), ((2, 1), 1), (1, 2)):
            label = f"{padding}-{strides}-{dilation}".replace(" ", "")
            options = dict(padding=padding, strides=strides, dilation_rate=dilation)
            yield Model(f"conv2d-{label}", _one("Conv2D", 5, (3, 2), **options))
            if not isinstance(strides, tuple):
                yield Model(f"depthwise-{label}", _one("DepthwiseConv2D", 3, depth_multiplier=2, **options))
        for kind in ("MaxPooling2D", "AveragePooling2D"):
            for size, strides in ((2, None), (3, 2), ((3, 2), (1, 2))):
                yield Model(f"{kind}-{padding}-{size}-{strides}".replace(" ", ""),
                            _one(kind, size, strides=strides, padding=padding))
        for strides, dilation, multiplier in ((1, 1, 1), (2, 1, 2), (1, 2, 1)):
            yield Model(f"separable-{padding}-{strides}-{dilation}-{multiplier}",
                        _one("SeparableConv2D", 5, 3, padding=padding, strides=strides, dilation_rate=dilation,
                             depth_multiplier=multiplier, activation="relu"))
    yield Model("separable-no-bias", _one("SeparableConv2D", 5, (3, 1), use_bias=False))
    yield Model("conv2d-groups", _one("Conv2D", 6, 3, groups=3), shape=(9, 8, 6))
    yield Model("conv2d-no-bias", _one("Conv2D", 6, 3, use_bias=False))
    yield Model("conv2d-gray", _one("Conv2D", 6, 3), shape=(9, 8, 1))
    yield Model("conv2d-many-channels", _one("Conv2D", 6, 3), shape=(9, 8, 33))
    for center in (True, False):
        for scale in (True, False):
            yield Model(f"batchnorm-{center}-{scale}",
                        _one("BatchNormalization", center=center, scale=scale, epsilon=1e-2))
    yield Model("batchnorm-vector", _one("BatchNormalization"), shape=(11,))
    yield Model("dense", _one("Dense", 7), shape=(11,))
    yield Model("dense-no-bias", _one("Dense", 7, use_bias=False), shape=(11,))
    for margins in (1, (2, 1), ((0, 1), (2, 3))):
        yield Model(f"zeropadding-{margins}".replace(" ", ""), _one("ZeroPadding2D", margins))
    for kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D"):
        for keepdims in (True, False):
            yield Model(f"{kind}-{keepdims}", _one(kind, keepdims=keepdims))
    yield Model("flatten", _one("Flatten"))
    yield Model("reshape", _one("Reshape", (4, 9, 6)))
    yield Model("reshape-open", _one("Reshape", (-1, 6)))
    yield Model("relu", _one("ReLU"))
    yield Model("relu6", _one("ReLU", 6.0), span=(-9, 9))
    yield Model("softmax", _one("Softmax"))
    yield Model("rescaling", _one("Rescaling", 0.25, offset=-1.5))
    yield Model("dropout", _one("Dropout", 0.5))
    yield Model("add", _branches(lambda layers, x: layers.Add()(x)))
    yield Model("add-three", _branches(lambda layers, x: layers.Add()([*x, x[0]])))
    yield Model("multiply", _branches(lambda layers, x: layers.Multiply()(x)))
    yield Model("concatenate", _branches(lambda layers, x: layers.Concatenate()(x)))
    yield Model("concatenate-3", _branches(lambda layers, x: layers.Concatenate(axis=3)(x)))
    yield Model("lenet", _lenet, shape=(28, 28, 1), span=(0, 1))
    yield Model("cifar", _cifar, shape=(32, 32, 3), span=(0, 255))
    yield Model("xception", _xception, shape=(64, 64, 1))
    yield Model("residual", _residual, shape=(32, 32, 3))
    yield Model("nested", _nested)


def check(report, zoo, _shared):
    for row in _table():
        for library in row.libraries:
            for container in CONTAINERS:
                name = f"kinds/{row.name}/{library}{container}"
                if report.wants(name):
                    with report.check(name) as result:
                        _compare(result, zoo, row, LIBRARIES[library], container)
        keras.backend.clear_session()
        tf_keras.backend.clear_session()


def _compare(result, zoo, row, library, container):
    random = np.random.default_rng(5)
    picture = library.Input(row.shape)
    model = library.Model(picture, row.layers(library, picture))
    model.set_weights([_values(random, weight) for weight in model.weights])
    pixels = random.uniform(*row.span, (3, *row.shape)).astype("float32")
    expected = np.asarray(model(pixels, training=False))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        file = folder / ("model" + container.split("+")[0])
        if container.endswith("json"):
            model.save_weights(file)
            (folder / "model.json").write_text(model.to_json())
        else:
            model.save(file)
        np.save(folder / "pixels.npy", pixels)
        converted = zoo.convert(file, folder / "model.zoo")
        result.within("error", relative_error(_run(zoo, converted, folder), expected), LIMIT)
        back = zoo.export(converted, folder / "back.keras")
        again = keras.models.load_model(back)
        result.within("back", relative_error(np.asarray(again(pixels, training=False)), expected), LIMIT)


def _run(zoo, model, folder):
    layer = json.loads(zoo.run("info", model, "--layers", "--json"))["summary"][-1]["name"]
    return zoo.extract(model, folder / "pixels.npy", output=folder / "out.npy", layer=layer, pooling="none")


def _values(random, weight):
    """Random, and such that nothing vanishes or explodes."""
    shape, name = tuple(weight.shape), weight.name
    if "variance" in name:
        return random.uniform(0.5, 1.5, shape)
    if len(shape) > 1:
        return random.normal(0, np.prod(shape[:-1]) ** -0.5, shape)
    return random.normal(0, 0.3, shape) + (1 if "gamma" in name else 0)

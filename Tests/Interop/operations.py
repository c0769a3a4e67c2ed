"""Rows of the table of kinds: operations as layers, which Keras 3 has from its operators and `keras.ops`, and Keras 2
from its operators and TensorFlow's functions."""

import itertools

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from whole import LIBRARIES, Model

CHANNELS = np.float32([0.5, -1.0, 1.5, 2.0])
MATRIX = np.float32([[0.5, -1.0], [1.0, 0.3], [-0.2, 0.4], [0.9, -0.7]])
# Keras 3 writes operations into an .h5 file, but cannot read them there.
KERAS_3 = ("keras-3.h5",)
# Keras 2 cannot write the three dots of a slice into a .keras file.
DOTS = (*KERAS_3, "tf-keras.keras")
PREPROCESSED = ["convnext", "densenet", "efficientnet", "efficientnet_v2", "imagenet_utils", "inception_resnet_v2",
                "inception_v3", "mobilenet", "mobilenet_v2", "mobilenet_v3", "nasnet", "regnet", "resnet", "resnet50",
                "resnet_rs", "resnet_v2", "vgg16", "vgg19", "xception"]
# The modes that turn the colors around with the three dots.
CAFFE = ["imagenet_utils", "resnet", "resnet50", "vgg16", "vgg19"]


def table():
    for name, operation in _operators().items():
        yield _row(name, operation, operation)
    for name, operation in _slices().items():
        yield _row(f"slice-{name}", operation, operation, unreadable=DOTS if "dots" in name else KERAS_3)
    for name, (in_keras_3, in_tensorflow) in itertools.chain(*(rows().items() for rows in (
            _functions, _rearrangements, _of_pictures, _two_tensors))):
        yield _row(name, in_keras_3, in_tensorflow)
    yield from _preprocess_input()
    yield from _positions()
    yield from _chains()


def functions(library):
    """Keras 3's operations or TensorFlow's functions."""
    return tf if library is tf_keras else keras.ops


def _row(name, in_keras_3, in_tensorflow, unreadable=KERAS_3):
    """An operation on a convolution's output of 7 by 6 pixels and 4 channels; None where a library has none."""
    operations = dict(zip(LIBRARIES.values(), (in_keras_3, in_tensorflow)))

    def build(library, x):
        return operations[library](functions(library), library.layers.Conv2D(4, 3)(x))
    return Model(f"operation-{name}", build, unreadable=unreadable,
                 libraries=tuple(name for name, library in LIBRARIES.items() if operations[library]))


def _operators():
    return {
        "add": lambda f, x: x + 0.5, "add-whole-number": lambda f, x: x + 1, "add-reversed": lambda f, x: 1.5 + x,
        "subtract": lambda f, x: x - 0.5, "subtract-reversed": lambda f, x: 1 - x,
        "multiply": lambda f, x: x * 0.25, "multiply-reversed": lambda f, x: 3 * x,
        "divide": lambda f, x: x / 127.5, "divide-reversed": lambda f, x: 1 / (x * x + 1),
        "negative": lambda f, x: -x, "power": lambda f, x: x ** 2, "power-reversed": lambda f, x: 2.0 ** x,
        "power-of-a-half": lambda f, x: (x * x + 0.1) ** 0.5,
        "add-channels": lambda f, x: x + CHANNELS, "subtract-channels": lambda f, x: x - CHANNELS,
        "multiply-channels": lambda f, x: x * CHANNELS, "divide-channels": lambda f, x: x / CHANNELS,
        "multiply-rows": lambda f, x: x * np.linspace(0.5, 2, 7, dtype="float32").reshape(1, 7, 1, 1),
        "add-constant-tensor": lambda f, x: x + f.convert_to_tensor(CHANNELS),
        "multiply-constant-tensor": lambda f, x: x * f.convert_to_tensor(CHANNELS.reshape(1, 1, 1, 4)),
        "add-itself": lambda f, x: x + x, "multiply-itself": lambda f, x: x * x,
        "subtract-tensors": lambda f, x: f.exp(-x) - x, "divide-tensors": lambda f, x: x / (f.abs(x) + 1),
        "multiply-broadcast": lambda f, x: x * f.sigmoid(x[:, :, :, :1]),
        "matmul-operator": lambda f, x: x @ MATRIX,
    }


def _slices():
    return {
        "margins-and-steps": lambda f, x: x[:, 1:-1, ::2, :], "one-row": lambda f, x: x[:, 0],
        "one-channel": lambda f, x: x[:, :, :, 1], "some-channels": lambda f, x: x[:, :, :, 1:3],
        "last-row": lambda f, x: x[:, -1], "backwards": lambda f, x: x[:, ::-1],
        "backwards-by-two": lambda f, x: x[:, 5:1:-2],
        "dots-backwards": lambda f, x: x[..., ::-1], "dots-one-channel": lambda f, x: x[..., 0],
        "dots-new-axis": lambda f, x: x[:, 0, ..., None], "new-axis": lambda f, x: x[:, None],
        "new-axis-at-the-end": lambda f, x: x[:, :, :, :, None], "a-pixel": lambda f, x: x[:, 2, 3],
        "negative-margins": lambda f, x: x[:, -3:, :-2],
    }


def _reductions():
    for name, options in {"rows-and-columns": dict(axis=[1, 2]), "kept": dict(axis=[1, 2], keepdims=True),
                          "channels": dict(axis=-1), "channels-kept": dict(axis=-1, keepdims=True),
                          "rows": dict(axis=1)}.items():
        for kind in ("mean", "sum", "max", "min"):
            yield f"{kind}-{name}", (
                lambda k, x, kind=kind, options=options: getattr(k, kind)(x, **options),
                lambda t, x, kind=kind, options=options: getattr(t, f"reduce_{kind}")(x, **options))
    for kind, in_tensorflow in (("std", "reduce_std"), ("var", "reduce_variance"), ("logsumexp", "reduce_logsumexp")):
        yield kind, (lambda k, x, kind=kind: getattr(k, kind)(x, axis=(1, 2)),
                     lambda t, x, kind=in_tensorflow: getattr(t.math, kind)(x, axis=(1, 2)))


def _functions():
    """Of one tensor, where the libraries differ in their names."""
    return {
        **dict(_reductions()),
        "clip": (lambda k, x: k.clip(x, -0.5, 0.7), lambda t, x: t.clip_by_value(x, -0.5, 0.7)),
        "sqrt": (lambda k, x: k.sqrt(k.abs(x)), lambda t, x: t.sqrt(t.abs(x))),
        "rsqrt": (lambda k, x: k.rsqrt(k.abs(x) + 0.1), lambda t, x: t.math.rsqrt(t.abs(x) + 0.1)),
        "square": (lambda k, x: k.square(x), lambda t, x: t.square(x)),
        "exp": (lambda k, x: k.exp(x), lambda t, x: t.exp(x)),
        "log": (lambda k, x: k.log(k.square(x) + 0.1), lambda t, x: t.math.log(t.square(x) + 0.1)),
        "log1p": (lambda k, x: k.log1p(k.abs(x)), lambda t, x: t.math.log1p(t.abs(x))),
        "abs": (lambda k, x: k.abs(x), lambda t, x: t.abs(x)), "sign": (lambda k, x: k.sign(x), lambda t, x: t.sign(x)),
        "floor": (lambda k, x: k.floor(3 * x), lambda t, x: t.floor(3 * x)),
        "round": (lambda k, x: k.round(3 * x), lambda t, x: t.round(3 * x)),
        "sin": (lambda k, x: k.sin(x), lambda t, x: t.sin(x)), "cos": (lambda k, x: k.cos(x), lambda t, x: t.cos(x)),
        "sigmoid": (lambda k, x: k.sigmoid(x), lambda t, x: t.sigmoid(x)),
        "nn-sigmoid": (None, lambda t, x: t.nn.sigmoid(x)), "tanh": (lambda k, x: k.tanh(x), lambda t, x: t.tanh(x)),
        "relu": (lambda k, x: k.relu(x), lambda t, x: t.nn.relu(x)),
        "relu6": (lambda k, x: k.relu6(4 * x), lambda t, x: t.nn.relu6(4 * x)),
        "leaky_relu": (lambda k, x: k.leaky_relu(x, 0.3), lambda t, x: t.nn.leaky_relu(x, alpha=0.3)),
        "elu": (lambda k, x: k.elu(x), lambda t, x: t.nn.elu(x)),
        "selu": (lambda k, x: k.selu(x), lambda t, x: t.nn.selu(x)),
        "silu": (lambda k, x: k.silu(x), lambda t, x: t.nn.silu(x)), "swish": (None, lambda t, x: t.nn.swish(x)),
        "gelu": (lambda k, x: k.gelu(x), lambda t, x: t.nn.gelu(x)),
        "gelu-exact": (lambda k, x: k.gelu(x, approximate=False), lambda t, x: t.nn.gelu(x, approximate=False)),
        "gelu-approximate": (lambda k, x: k.gelu(x, approximate=True), lambda t, x: t.nn.gelu(x, approximate=True)),
        "softplus": (lambda k, x: k.softplus(x), lambda t, x: t.nn.softplus(x)),
        "softmax": (lambda k, x: k.softmax(x), lambda t, x: t.nn.softmax(x)),
        "softmax-rows": (lambda k, x: k.softmax(x, axis=1), lambda t, x: t.nn.softmax(x, axis=1)),
        "log_softmax": (lambda k, x: k.log_softmax(x), lambda t, x: t.nn.log_softmax(x)),
        "hard_silu": (lambda k, x: k.hard_silu(x), None), "hard_sigmoid": (lambda k, x: k.hard_sigmoid(x), None),
        "glu": (lambda k, x: k.glu(x), None), "threshold": (lambda k, x: k.threshold(x, 0.1, 0.05), None),
        "l2-normalize": (lambda k, x: k.normalize(x, axis=-1), lambda t, x: t.nn.l2_normalize(x, axis=-1)),
        "maximum": (lambda k, x: k.maximum(x, 0.1), lambda t, x: t.maximum(x, 0.1)),
        "minimum": (lambda k, x: k.minimum(x, CHANNELS), lambda t, x: t.minimum(x, CHANNELS)),
        "maximum-reversed": (lambda k, x: k.maximum(0.1, x), lambda t, x: t.maximum(0.1, x)),
        "cast": (lambda k, x: k.cast(x, "float32") * 2, lambda t, x: t.cast(x, t.float32) * 2),
        "bias-add": (None, lambda t, x: t.nn.bias_add(x, CHANNELS)),
        "activation-function": (lambda k, x: keras.activations.gelu(x), lambda t, x: tf_keras.activations.gelu(x)),
        "activation-relu": (lambda k, x: keras.activations.relu(x, negative_slope=0.1, max_value=0.6),
                            lambda t, x: tf_keras.activations.relu(x, alpha=0.1, max_value=0.6)),
        "backend": (None, lambda t, x: tf_keras.backend.mean(tf_keras.backend.square(x), axis=[1, 2])),
        "backend-concatenate": (None, lambda t, x: tf_keras.backend.concatenate([x, tf_keras.backend.relu(x)])),
    }


def _rearrangements():
    return {
        "transpose": (lambda k, x: k.transpose(x, (0, 3, 1, 2)), lambda t, x: t.transpose(x, (0, 3, 1, 2))),
        "transpose-perm": (lambda k, x: k.swapaxes(x, 1, 2), lambda t, x: t.transpose(x, perm=[0, 2, 1, 3])),
        "moveaxis": (lambda k, x: k.moveaxis(x, -1, 1), None),
        "reshape": (lambda k, x: k.reshape(x, (-1, 42, 4)), lambda t, x: t.reshape(x, (-1, 42, 4))),
        "reshape-of-a-shape": (lambda k, x: k.reshape(x, (-1, x.shape[1] * x.shape[2], 4)),
                               lambda t, x: t.reshape(x, (t.shape(x)[0], 42, 4))),
        "reshape-flat": (lambda k, x: k.reshape(x, (-1, 7 * 6 * 4)), lambda t, x: t.reshape(x, [-1, 7 * 6 * 4])),
        "expand_dims": (lambda k, x: k.expand_dims(x, 1), lambda t, x: t.expand_dims(x, axis=-1)),
        "squeeze": (lambda k, x: k.squeeze(x[:, :1], 1), lambda t, x: t.squeeze(x[:, :1], axis=1)),
        "concatenate": (lambda k, x: k.concatenate([x, 2 * x], axis=-1), lambda t, x: t.concat([x, 2 * x], axis=-1)),
        "concatenate-rows": (lambda k, x: k.concatenate([x, x * x, x], axis=1),
                             lambda t, x: t.concat([x, x * x, x], 1)),
        "stack": (lambda k, x: k.stack([x, x * x], axis=1), lambda t, x: t.stack([x, x * x], axis=1)),
        "stack-last": (lambda k, x: k.stack([x, x * x], axis=-1), lambda t, x: t.stack([x, x * x], axis=-1)),
        "split": (lambda k, x: k.concatenate(k.split(x, 2, axis=-1)[::-1], axis=-1),
                  lambda t, x: t.concat(t.split(x, 2, axis=-1)[::-1], -1)),
        "split-sizes": (lambda k, x: _second_and_first(k.split(x, [2, 5], axis=1)),
                        lambda t, x: _second_and_first(t.split(x, [2, 2, 3], axis=1))),
        "unstack": (lambda k, x: (lambda parts: parts[3] - parts[1])(k.unstack(x, axis=-1)),
                    lambda t, x: (lambda parts: parts[3] - parts[1])(t.unstack(x, axis=-1))),
        "pad": (lambda k, x: k.pad(x, [[0, 0], [1, 1], [1, 2], [0, 0]]),
                lambda t, x: t.pad(x, [[0, 0], [1, 1], [1, 2], [0, 0]])),
        "pad-value": (lambda k, x: k.pad(x, [[0, 0], [1, 1], [1, 2], [0, 0]], constant_values=2.0),
                      lambda t, x: t.pad(x, [[0, 0], [1, 1], [1, 2], [0, 0]], constant_values=2.0)),
        "pad-reflect": (lambda k, x: k.pad(x, [[0, 0], [3, 1], [1, 2], [0, 0]], mode="reflect"),
                        lambda t, x: t.pad(x, [[0, 0], [3, 1], [1, 2], [0, 0]], mode="REFLECT")),
        "pad-symmetric": (lambda k, x: k.pad(x, [[0, 0], [3, 1], [1, 2], [0, 0]], mode="symmetric"),
                          lambda t, x: t.pad(x, [[0, 0], [3, 1], [1, 2], [0, 0]], mode="SYMMETRIC")),
        "flip": (lambda k, x: k.flip(x, axis=2), lambda t, x: t.reverse(x, axis=[2])),
        "flip-two": (lambda k, x: k.flip(x, axis=(1, 2)), lambda t, x: t.reverse(x, axis=[1, 2])),
        "broadcast": (lambda k, x: x + k.zeros_like(x[:, :1]), lambda t, x: x + t.zeros_like(x[:, :1])),
        "repeat": (lambda k, x: k.repeat(x, 2, axis=1), lambda t, x: t.repeat(x, 2, axis=1)),
        "tile": (lambda k, x: k.tile(x, (1, 1, 2, 3)), lambda t, x: t.tile(x, [1, 1, 2, 3])),
        "roll": (lambda k, x: k.roll(x, 2, axis=1), lambda t, x: t.roll(x, shift=2, axis=1)),
    }


def _second_and_first(parts):
    """Of different sizes: added where the smaller one broadcasts."""
    return parts[1][:, :1] - parts[0]


def _of_pictures():
    resized = {}
    for size in ((9, 13), (4, 3)):
        for method in ("nearest", "bilinear", "bicubic"):
            resized[f"resize-{method}-{size[0]}"] = (
                lambda k, x, size=size, method=method: k.image.resize(x, size, interpolation=method),
                lambda t, x, size=size, method=method: t.image.resize(x, size, method=method))
    return {
        **resized,
        "resize": (lambda k, x: k.image.resize(x, (14, 12)), lambda t, x: t.image.resize(x, (14, 12))),
        "depth-to-space": (lambda k, x: k.depth_to_space(x, 2), lambda t, x: t.nn.depth_to_space(x, 2)),
        "space-to-depth": (lambda k, x: k.space_to_depth(x[:, :6], 2), lambda t, x: t.nn.space_to_depth(x[:, :6], 2)),
        "max_pool": (lambda k, x: k.max_pool(x, 2), lambda t, x: t.nn.max_pool2d(x, 2, 2, "VALID")),
        "average_pool": (lambda k, x: k.average_pool(x, 2, padding="same"),
                         lambda t, x: t.nn.avg_pool2d(x, 2, 2, "SAME")),
        "flip-left-right": (None, lambda t, x: t.image.flip_left_right(x)),
        "standardization": (None, lambda t, x: t.image.per_image_standardization(x)),
    }


def _two_tensors():
    return {
        "add-function": (lambda k, x: k.add(x, k.tanh(x)), lambda t, x: t.add(x, t.tanh(x))),
        "subtract-function": (lambda k, x: k.subtract(CHANNELS, x), lambda t, x: t.subtract(CHANNELS, x)),
        "multiply-function": (lambda k, x: k.multiply(x, k.sigmoid(x)), lambda t, x: t.multiply(x, t.sigmoid(x))),
        "divide-function": (lambda k, x: k.divide(x, 3.0), lambda t, x: t.divide(x, 3.0)),
        "power-function": (lambda k, x: k.power(x, 2), lambda t, x: t.pow(x, 2)),
        "maximum-tensors": (lambda k, x: k.maximum(x, -x), lambda t, x: t.maximum(x, -x)),
        "minimum-tensors": (lambda k, x: k.minimum(x, x * x), lambda t, x: t.minimum(x, x * x)),
        "squared-difference": (None, lambda t, x: t.math.squared_difference(x, t.tanh(x))),
        "matmul": (lambda k, x: k.matmul(x, k.transpose(x, (0, 1, 3, 2))),
                   lambda t, x: t.matmul(x, x, transpose_b=True)),
        "matmul-constant": (lambda k, x: k.matmul(x, MATRIX), lambda t, x: t.matmul(x, MATRIX)),
        "matmul-transposed": (None, lambda t, x: t.linalg.matmul(x, x, transpose_a=True)),
        "einsum": (lambda k, x: k.einsum("bhwc,bhwd->bcd", x, x * x), None),
        "einsum-constant": (lambda k, x: k.einsum("bhwc,cd->bhwd", x, MATRIX), None),
        "tensordot": (None, lambda t, x: t.tensordot(x, MATRIX, axes=1)),
        "where": (lambda k, x: k.where(x > 0.1, x, 0.1 * x), lambda t, x: t.where(x > 0.1, x, 0.1 * x)),
        "add_n": (None, lambda t, x: t.add_n([x, t.tanh(x), x])),
    }


def _preprocess_input():
    for name in PREPROCESSED:
        def build(library, x, name=name):
            x = getattr(library.applications, name).preprocess_input(x)
            return library.layers.Conv2D(4, 3)(x)
        yield Model(f"preprocess-{name}", build, span=(0, 255), unreadable=DOTS if name in CAFFE else KERAS_3,
                    libraries=tuple(n for n, library in LIBRARIES.items() if hasattr(library.applications, name)))


def counted(library, x):
    """0, 1, 2 … for the positions of a sequence, computed from it."""
    f = functions(library)
    return f.cumsum(f.ones_like(x[:, :, 0], dtype="int32"), axis=1) - 1


def _positions():
    def computed(library, x):
        return x + library.layers.Embedding(7, 6, name="positions")(counted(library, x))

    def ranged(library, x):
        positions = tf.range(start=0, limit=tf.shape(x)[1], delta=1)
        return x + library.layers.Embedding(7, 6, name="positions")(positions)

    def constant(library, x):
        positions = np.arange(7) if library is tf_keras else keras.ops.arange(7)
        return library.layers.Dense(4)(x + library.layers.Embedding(7, 6, name="positions")(positions))
    yield Model("positions-computed", computed, shape=(7, 6), unreadable=KERAS_3)
    yield Model("positions-range", ranged, shape=(7, 6), libraries=("tf-keras",))
    yield Model("positions-constant", constant, shape=(7, 6), unreadable=KERAS_3)


def _chains():
    yield Model("operation-on-the-input", lambda library, x: library.layers.Conv2D(4, 3)(x / 127.5 - 1), span=(0, 255),
                unreadable=KERAS_3, everywhere=True)
    yield Model("operation-residual", _residual, unreadable=KERAS_3, everywhere=True)
    yield Model("operation-squeeze-and-excite", _squeeze_and_excite, unreadable=KERAS_3)
    yield Model("operation-hard-swish", _hard_swish, unreadable=KERAS_3)
    yield Model("operation-class-token", _class_token, unreadable=KERAS_3)
    yield Model("operation-attention", _attention, unreadable=KERAS_3)
    yield Model("operation-in-a-nested-model", _nested, unreadable=KERAS_3)
    yield Model("operation-shuffle", _shuffle, unreadable=KERAS_3)
    yield Model("operation-embedding-of-unit-length", _unit_length, unreadable=KERAS_3)
    yield Model("operation-gray-to-color", _gray_to_color, shape=(9, 8, 1), unreadable=KERAS_3)


def _residual(library, x):
    layers = library.layers
    y = layers.Conv2D(3, 3, padding="same", activation="relu")(x)
    x = x + 0.3 * layers.Conv2D(3, 3, padding="same")(y)
    return layers.GlobalAveragePooling2D()(functions(library).nn.relu(x))


def _squeeze_and_excite(library, x):
    layers, f = library.layers, functions(library)
    x = layers.Conv2D(8, 3)(x)
    pooled = f.mean(x, axis=(1, 2), keepdims=True) if f is keras.ops else f.reduce_mean(x, [1, 2], keepdims=True)
    return x * layers.Dense(8, activation="sigmoid")(layers.Dense(2, activation="relu")(pooled))


def _hard_swish(library, x):
    """As MobileNetV3 has it."""
    layers = library.layers
    x = layers.Conv2D(4, 3)(x)
    return layers.Multiply()([x, layers.ReLU(6.0)(x + 3.0) * (1.0 / 6.0)])


def _class_token(library, x):
    """A token before the others, which is a constant here, and taken out again behind a block."""
    layers, f = library.layers, functions(library)
    x = layers.Reshape((36, 6))(x)
    join = f.concatenate if f is keras.ops else f.concat
    x = join([f.zeros_like(x[:, :1]) + 0.5, x], axis=1)
    return layers.Dense(4)(layers.LayerNormalization()(layers.MultiHeadAttention(2, 3)(x, x))[:, 0])


def _attention(library, x):
    """Written out with products of matrices."""
    layers, f = library.layers, functions(library)
    x = layers.Reshape((36, 6))(x)
    queries, keys, values = (layers.Dense(5)(x) for _ in range(3))
    keys = f.transpose(keys, (0, 2, 1))
    weights = f.nn.softmax(f.matmul(queries, keys) / 5 ** 0.5, axis=-1)
    return f.matmul(weights, values)


def _nested(library, x):
    picture = library.Input((9, 8, 3))
    inner = library.Model(picture, 1 - library.layers.Conv2D(3, 3, padding="same")(picture) * 2.0, name="inner")
    return library.layers.Flatten()(inner(inner(x)))


def _shuffle(library, x):
    """ShuffleNet's exchange of channels between groups."""
    layers, f = library.layers, functions(library)
    x = f.reshape(layers.Conv2D(6, 3)(x), (-1, 7, 6, 2, 3))
    x = f.reshape(f.transpose(x, (0, 1, 2, 4, 3)), (-1, 7, 6, 6))
    return layers.Conv2D(4, 3, groups=2)(x)


def _unit_length(library, x):
    """As for recognising faces."""
    layers, f = library.layers, functions(library)
    x = layers.Dense(8)(layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3, activation="relu")(x)))
    return f.normalize(x, axis=1) if f is keras.ops else f.math.l2_normalize(x, axis=1)


def _gray_to_color(library, x):
    f = functions(library)
    x = f.concatenate([x, x, x], axis=-1) if f is keras.ops else f.image.grayscale_to_rgb(x)
    return library.layers.Conv2D(4, 3)(x)

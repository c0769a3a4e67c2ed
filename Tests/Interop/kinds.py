"""Small models of every layer kind, activation and operation, made by both Kerases from tables: zoo converts them
whole, computes what Keras does, and gives them back. The containers take turns."""

import itertools

import numpy as np

import operations
import sequences
from whole import LIBRARIES, Model, compare_all, has, labelled, one

ACTIVATIONS = ["linear", "relu", "relu6", "sigmoid", "tanh", "silu", "swish", "elu", "selu", "gelu", "softplus",
               "softsign", "exponential", "mish", "softmax", "hard_sigmoid"]
# Keras 2's hard_sigmoid is another function than Keras 3's.
ACTIVATIONS_OF_KERAS_3 = ["leaky_relu", "hard_tanh", "hard_silu", "hard_swish", "celu", "hard_shrink", "soft_shrink",
                          "tanh_shrink", "log_sigmoid", "log_softmax", "sparse_plus", "sparse_sigmoid", "sparsemax",
                          "squareplus"]
# A ReLU's three parameters, where Keras 2 and 3 call them alike.
RELUS = [dict(max_value=1.5), dict(negative_slope=0.2), dict(threshold=0.5),
         dict(max_value=1.5, negative_slope=0.2, threshold=0.5), dict(max_value=6.0, negative_slope=0.1)]
AUGMENTATIONS = [
    ("RandomFlip", ("horizontal_and_vertical",)), ("RandomRotation", (0.2,)), ("RandomZoom", (0.2, 0.3)),
    ("RandomContrast", (0.2,)), ("RandomTranslation", (0.1, 0.2)), ("RandomBrightness", (0.2,)),
    ("RandomHeight", (0.2,)), ("RandomWidth", (0.2,)), ("RandomSaturation", (0.4,)), ("RandomHue", (0.1,)),
    ("RandomColorDegeneration", (0.4,)), ("RandomColorJitter", (0.2,)), ("RandomSharpness", (0.3,)),
    ("RandomGrayscale", (0.5,)), ("RandomInvert", (0.5,)), ("RandomPosterization", (4,)), ("RandomErasing", (0.5,)),
    ("RandomPerspective", (0.5,)), ("RandomGaussianBlur", (0.5,)), ("RandomElasticTransform", (0.5,))]
# Keras 3 cannot write these into an .h5 file.
NOT_IN_H5 = ["RandomBrightness", "RandomSaturation", "RandomColorDegeneration", "RandomSharpness",
             "RandomPosterization"]
# Keras 3 writes the axes into an .h5 file, but reads the layer with one axis.
SEVERAL_AXES = ("keras-3.h5",)


def _rows(kind, *variants, arguments=(), **of_the_row):
    """A row for each of the options' variants, in the libraries that have the layer."""
    for options in variants or ({},):
        yield Model(labelled(kind, options), one(kind, *arguments, **options), **{"libraries": has(kind), **of_the_row})


def _grid(**choices):
    return [dict(zip(choices, values)) for values in itertools.product(*choices.values())]


def _paddings(**choices):
    return _grid(padding=("valid", "same"), **choices)


def table():
    yield from _convolutions()
    yield from _transposed_convolutions()
    yield from _dense()
    yield from _normalizations()
    yield from _preprocessing()
    yield from _poolings()
    yield from _shapes()
    yield from _merges()
    yield from _activations()
    yield from _inactive()
    yield from _composed()
    yield from sequences.table()
    yield from operations.table()


def _convolutions():
    strides = [dict(strides=s) for s in (1, 2, 3, (2, 1))] + [dict(dilation_rate=d) for d in (2, (1, 3))]
    both = [{**p, **s} for p in _paddings() for s in strides]
    yield from _rows("Conv2D", *both, arguments=(5, (3, 2)))
    yield from _rows("DepthwiseConv2D", *(o for o in both if not isinstance(o.get("strides"), tuple)),
                     dict(depth_multiplier=2), dict(depth_multiplier=3, use_bias=False, activation="relu"),
                     arguments=(3,))
    yield from _rows("SeparableConv2D", *_paddings(strides=(1, 2), depth_multiplier=(1, 2)),
                     *_paddings(dilation_rate=(2,)), dict(use_bias=False), dict(activation="relu6"), arguments=(5, 3))
    yield from _rows("Conv2D", dict(groups=3), dict(groups=2, strides=2, padding="same"),
                     arguments=(6, 3), shape=(9, 8, 6))
    yield from _rows("Conv2D", dict(use_bias=False), dict(activation="tanh", use_bias=False), arguments=(6, 3))
    yield from (Model(f"channels-{channels}", one("Conv2D", 6, 3), shape=(9, 8, channels), everywhere=channels == 3)
                for channels in (1, 2, 3, 4, 33))
    yield Model("not-square", one("Conv2D", 3, 3, strides=2, padding="same"), shape=(5, 31, 3))
    yield Model("one-pixel", one("Conv2D", 5, 3, padding="same"), shape=(1, 1, 4))


def _transposed_convolutions():
    yield from _rows("Conv2DTranspose", *_paddings(strides=(1, 2, 3, (2, 1))), arguments=(5, 3))
    yield from _rows("Conv2DTranspose", *_grid(kernel_size=((2, 4), 1), padding=("valid", "same"), strides=(2, 3)),
                     arguments=(4,), shape=(5, 4, 6))
    yield from _rows("Conv2DTranspose", *_paddings(strides=(2,), output_padding=(0, 1)),
                     dict(strides=3, output_padding=(2, 1)), arguments=(4, 3), shape=(5, 4, 3))
    yield from _rows("Conv2DTranspose", *_paddings(dilation_rate=(2,)), dict(use_bias=False), dict(activation="relu"),
                     dict(strides=2, padding="same", use_bias=False, activation="tanh"), arguments=(4, 3))


def _dense():
    for shape in ((11,), (7, 6), (5, 4, 3)):
        options = [{}, dict(use_bias=False), dict(activation="relu")]
        for row in _rows("Dense", *options, arguments=(8,), shape=shape, everywhere=shape == (11,)):
            yield Model(**{**vars(row), "name": f"{row.name}-rank-{len(shape)}"})


def _normalizations():
    yield from _rows("BatchNormalization", *_grid(center=(True, False), scale=(True, False), epsilon=(1e-2,)),
                     dict(axis=1), dict(axis=2), dict(axis=-2, momentum=0.5))
    yield Model("BatchNormalization-vector", one("BatchNormalization"), shape=(11,), everywhere=True)
    yield from _rows("LayerNormalization", dict(axis=-1), dict(axis=1), dict(center=False), dict(scale=False),
                     dict(center=False, scale=False), dict(epsilon=0.1))
    yield from _rows("LayerNormalization", dict(axis=[1, 2, 3]), dict(axis=(2, 3)), dict(axis=(1, 3), scale=False),
                     unreadable=SEVERAL_AXES)
    yield from _rows("LayerNormalization", dict(rms_scaling=True), libraries=("keras-3",))
    yield from _rows("LayerNormalization", dict(rms_scaling=True, axis=[1, 2]), libraries=("keras-3",),
                     unreadable=SEVERAL_AXES)
    yield from _rows("RMSNormalization", {}, dict(epsilon=0.1))
    yield from _rows("RMSNormalization", dict(axis=(2, 3)), unreadable=SEVERAL_AXES)
    yield from _rows("GroupNormalization", *_grid(groups=(1, 2, -1)), dict(groups=3, center=False),
                     dict(groups=3, scale=False, epsilon=0.1), dict(groups=2, axis=2), dict(groups=4, axis=1),
                     shape=(8, 4, 6))
    yield from _rows("UnitNormalization", dict(axis=-1), dict(axis=1))
    yield from _rows("UnitNormalization", dict(axis=(1, 2)), unreadable=SEVERAL_AXES)
    yield from _rows("Normalization", dict(axis=-1), dict(axis=1), dict(axis=-1, invert=True), everywhere=True)
    yield from _rows("Normalization", dict(axis=(1, 3)), dict(axis=None), unreadable=SEVERAL_AXES, everywhere=True)
    yield from _rows("Normalization", dict(axis=-1, mean=[0.5, -0.5, 1.0], variance=[1.0, 0.25, 4.0]),
                     dict(axis=None, mean=0.5, variance=2.0), dict(axis=None, mean=0.5, variance=2.0, invert=True),
                     dict(axis=-1, mean=[0.5, -0.5, 1.0], variance=[1.0, 0.25, 4.0], invert=True))


def _preprocessing():
    yield from _rows("Rescaling", dict(scale=0.25), dict(scale=1 / 127.5, offset=-1), dict(scale=[0.5, 1.0, 2.0]),
                     dict(scale=[0.5, 1.0, 2.0], offset=[0.1, -0.2, 0.3]))
    # Keras 2 writes the array, but reads it again from .h5 files alone.
    yield Model("Rescaling-array", lambda library, x: library.layers.Rescaling(np.float32([1, 2, 3]), offset=0.5)(x),
                unreadable=("tf-keras.keras", "tf-keras.weights.h5+json"))
    sizes = [dict(height=14, width=11), dict(height=5, width=4), dict(height=18, width=4)]
    interpolations = _grid(interpolation=("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"))
    yield from _rows("Resizing", *({**s, **i} for i in interpolations for s in sizes))
    yield from _rows("Resizing", *({**s, "crop_to_aspect_ratio": True} for s in sizes))
    yield from _rows("Resizing", *({**s, "pad_to_aspect_ratio": True} for s in sizes),
                     dict(height=5, width=9, pad_to_aspect_ratio=True, fill_value=1.5),
                     dict(height=5, width=4, antialias=True), libraries=("keras-3",))
    yield from _rows("CenterCrop", dict(height=4, width=5), dict(height=9, width=3), dict(height=5, width=8))


def _poolings():
    for kind in ("MaxPooling2D", "AveragePooling2D"):
        yield from _rows(kind, *_paddings(pool_size=(2, (3, 2))), *_paddings(pool_size=(3,), strides=(2, (1, 2))))
    for kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D"):
        yield from _rows(kind, *_grid(keepdims=(True, False)))
    for kind in ("AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D"):
        yield from _rows(kind, dict(output_size=(3, 2)), dict(output_size=(4, 3)))
    yield from _rows("UpSampling2D", *_grid(size=(2, (2, 3)), interpolation=("nearest", "bilinear")))
    yield from _rows("UpSampling2D", dict(interpolation="bicubic"))


def _shapes():
    yield from _rows("Cropping2D", *_grid(cropping=(1, (2, 1), ((0, 1), (2, 3)))))
    yield from _rows("ZeroPadding2D", *_grid(padding=(1, (2, 1), ((0, 1), (2, 3)))))
    yield from _rows("Flatten")
    yield from _rows("Reshape", *_grid(target_shape=((4, 9, 6), (-1, 6), (8, 27), (216,), (3, -1, 4, 2))))
    yield Model("Reshape-no-channels", _behind_a_reshape, shape=(28, 28), span=(0, 1), everywhere=True)
    yield from _rows("Permute", *_grid(dims=((3, 1, 2), (2, 1, 3), (1, 3, 2))))
    yield Model("Permute-rank-2", one("Permute", (2, 1)), shape=(7, 6))
    yield from _rows("RepeatVector", dict(n=4), shape=(11,))
    yield Model("RepeatVector-one", one("RepeatVector", 1), shape=(11,))


def _behind_a_reshape(library, x):
    layers = library.layers
    x = layers.MaxPooling2D(2)(layers.Conv2D(4, 3, activation="relu")(layers.Reshape((28, 28, 1))(x)))
    return layers.Dense(10, activation="softmax")(layers.Flatten()(x))


def _branches(merge, count=2):
    def build(library, x):
        layers = library.layers
        return merge(layers, [layers.Conv2D(4, 1 + 2 * i, padding="same")(x) for i in range(count)])
    return build


def _merges():
    for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum"):
        for count in (2, 3):
            yield Model(f"{kind}-{count}", _branches(lambda layers, x, kind=kind: getattr(layers, kind)()(x), count))
        yield Model(f"{kind}-broadcast", _branches(
            lambda layers, x, kind=kind:
                getattr(layers, kind)()([x[0], layers.GlobalMaxPooling2D(keepdims=True)(x[1])])))
    yield Model("Subtract", _branches(lambda layers, x: layers.Subtract()(x)))
    yield Model("Subtract-reversed", _branches(lambda layers, x: layers.Subtract()(x[::-1])))
    yield Model("Add-twice-the-same", _branches(lambda layers, x: layers.Add()([x[0], x[0], x[1]])))
    for axis in (1, 2, 3, -1, -2):
        yield Model(f"Concatenate-{axis}", _branches(
            lambda layers, x, axis=axis: layers.Concatenate(axis=axis)([*x, x[0]])))
    yield Model("Concatenate-vectors", _vectors(lambda layers, x: layers.Concatenate()(x)), shape=(11,))
    for axes, normalize in itertools.product((1, -1, (1, 1)), (False, True)):
        yield Model(labelled("Dot-vectors", dict(axes=axes, normalize=normalize)), _vectors(
            lambda layers, x, axes=axes, normalize=normalize: layers.Dot(axes, normalize=normalize)(x)), shape=(11,))
    for axes, normalize in itertools.product((1, 2, (2, 2), (1, 1)), (False, True)):
        yield Model(labelled("Dot", dict(axes=axes, normalize=normalize)), _branches(
            lambda layers, x, axes=axes, normalize=normalize:
                layers.Dot(axes, normalize=normalize)([layers.Reshape((72, 4))(one) for one in x])))
    yield Model("Dot-different-axes", _branches(
        lambda layers, x: layers.Dot((1, 2))([layers.Reshape((72, 4))(x[0]), layers.Reshape((4, 72))(x[1])])))


def _vectors(merge):
    return lambda library, x: merge(library.layers, [library.layers.Dense(6, activation=a)(x) for a in (None, "tanh")])


def _activation(name):
    def build(library, x):
        x = library.layers.Conv2D(5, 3, activation=name)(x)
        if name in ("exponential", "sparsemax"):  # Of itself the one would be infinite, the other nothing.
            return x
        x = library.layers.Conv2D(5, 3)(library.layers.Activation(name)(x))
        return library.layers.Dense(4, activation=name)(library.layers.Flatten()(x))
    return build


def _activations():
    for name in ACTIVATIONS + ACTIVATIONS_OF_KERAS_3:
        libraries = tuple(LIBRARIES) if name in ACTIVATIONS else ("keras-3",)
        yield Model(f"activation-{name}", _activation(name), libraries=libraries)
    yield from _rows("ReLU", {}, *RELUS)
    yield from _rows("LeakyReLU")
    yield from (Model(f"LeakyReLU-{slope}", one("LeakyReLU", slope)) for slope in (0.2, 0.01, 1.5))
    yield from _rows("PReLU", {}, *_grid(shared_axes=([1, 2], [1], [3])), everywhere=True)
    yield Model("PReLU-vector", one("PReLU"), shape=(11,))
    yield from _rows("ELU", {}, dict(alpha=0.5))
    yield from _rows("Softmax", {}, *_grid(axis=(-1, 1, 2)))
    yield from _rows("Softmax", dict(axis=(1, 2)), dict(axis=(1, 2, 3)), unreadable=SEVERAL_AXES)
    yield from _rows("ThresholdedReLU", {}, dict(theta=0.5), span=(-3, 3))
    yield Model("activation-object", _activation_objects, everywhere=True)
    yield Model("activation-relu-object", lambda library, x: library.layers.Dense(
        6, activation=library.layers.ReLU(max_value=1.0, negative_slope=0.1))(library.layers.Flatten()(x)))
    yield Model("activation-layer-of-an-object", lambda library, x: library.layers.Activation(
        library.layers.ELU(0.7))(library.layers.Conv2D(5, 3)(x)))


def _activation_objects(library, x):
    layers = library.layers
    x = layers.Conv2D(5, 3, activation=layers.LeakyReLU(0.3))(x)
    x = layers.Conv2D(5, 3, activation=layers.ELU(0.5))(x)
    return layers.Dense(4, activation=layers.LeakyReLU(0.3))(layers.Flatten()(x))


def _inactive():
    """What does nothing but in training."""
    yield from _rows("Identity")
    yield from _rows("Dropout", dict(rate=0.5))
    yield from _rows("Dropout", dict(rate=0.5, noise_shape=(None, 1, 1, 3)))
    yield from _rows("SpatialDropout2D", dict(rate=0.3))
    yield from _rows("GaussianDropout", dict(rate=0.3))
    yield from _rows("GaussianNoise", dict(stddev=0.3))
    yield from _rows("AlphaDropout", dict(rate=0.3))
    yield from _rows("ActivityRegularization", dict(l1=0.01, l2=0.02))
    for kind, arguments in AUGMENTATIONS:
        yield Model(kind, _augmented(kind, arguments), libraries=has(kind), span=(0, 255),
                    unreadable=("keras-3.h5",) if kind in NOT_IN_H5 else ())
    yield Model("augmentation-block", _augmentation_block, span=(0, 255), everywhere=True)


def _augmented(kind, arguments):
    def build(library, x):
        x = library.layers.Conv2D(4, 3)(getattr(library.layers, kind)(*arguments)(x))
        return library.layers.GlobalAveragePooling2D()(library.layers.ReLU()(x))
    return build


def _augmentation_block(library, x):
    """A Sequential of its own, as in Keras' tutorials."""
    layers = library.layers
    block = library.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.1)])
    return layers.Conv2D(4, 3)(layers.Rescaling(1 / 255)(block(x)))


def _composed():
    yield Model("nested", _nested, everywhere=True)
    yield Model("nested-twice", _nested_twice, everywhere=True)
    yield Model("nested-deep", _nested_deep)
    yield Model("shared-layer", _shared_layer, everywhere=True)
    yield Model("shared-batchnorm", _shared_batchnorm)
    yield Model("shared-dense-of-several", _shared_dense)
    yield Model("two-outputs", lambda library, x: [
        library.layers.Conv2D(4, 3, name="first")(x),
        library.layers.Dense(3, name="second")(library.layers.Flatten()(x))], everywhere=True)
    yield Model("three-outputs", _three_outputs)
    yield Model("output-of-a-nested-model", _nested_outputs)


def _inner(library, name=None):
    layers = library.layers
    return library.Sequential([library.Input((9, 8, 3)), layers.Conv2D(3, 3, padding="same"),
                               layers.BatchNormalization()], name=name)


def _nested(library, x):
    layers = library.layers
    inner = library.Sequential([library.Input((9, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization()])
    inner.layers[0].trainable = False
    middle = library.Sequential([inner, layers.GlobalAveragePooling2D(), layers.BatchNormalization()])
    return layers.Dense(3, activation="sigmoid")(middle(x))


def _nested_twice(library, x):
    inner = _inner(library, "inner")
    return library.layers.GlobalMaxPooling2D()(library.layers.Add()([inner(inner(x)), x]))


def _nested_deep(library, x):
    inner = _inner(library)
    for _ in range(3):
        picture = library.Input((9, 8, 3))
        inner = library.Model(picture, library.layers.Conv2D(3, 3, padding="same", activation="tanh")(inner(picture)))
    return library.layers.Conv2D(4, 1)(inner(x))


def _shared_layer(library, x):
    layers, conv = library.layers, library.layers.Conv2D(3, 3, padding="same", activation="tanh", name="shared")
    return layers.Concatenate()([conv(x), conv(conv(x)), layers.MaxPooling2D(3, 1, padding="same")(x)])


def _shared_batchnorm(library, x):
    layers, normalization = library.layers, library.layers.BatchNormalization()
    return layers.Subtract()([normalization(layers.Conv2D(4, 3)(x)), normalization(layers.Conv2D(4, 3)(x))])


def _shared_dense(library, x):
    """A Siamese pair: both halves of the picture through the same layers."""
    layers = library.layers
    dense = layers.Dense(6, activation="relu")
    halves = [layers.Flatten()(layers.Cropping2D(((0, 0), crop))(x)) for crop in ((0, 4), (4, 0))]
    return layers.Dense(2)(layers.Concatenate()([dense(half) for half in halves]))


def _three_outputs(library, x):
    """One of them on the way to the others."""
    layers = library.layers
    x = layers.Conv2D(4, 3, activation="relu", name="features")(x)
    pooled = layers.GlobalAveragePooling2D()(x)
    return [layers.Dense(4, activation="softmax", name="class")(pooled), x, layers.Dense(1, name="score")(pooled)]


def _nested_outputs(library, x):
    """The second output of a model of two."""
    picture = library.Input((9, 8, 3))
    first = library.layers.Conv2D(4, 3)(picture)
    inner = library.Model(picture, [first, library.layers.Conv2D(2, 3)(first)])
    return library.layers.GlobalAveragePooling2D()(inner(x)[1])


# What no image model is known to need; it must be refused by name.
REFUSED = (
    "AdaptiveAveragePooling2D-*", "AdaptiveMaxPooling2D-*", "AdditiveAttention*", "Attention*", "AveragePooling1D*",
    "Conv1D*", "Cropping1D", "DepthwiseConv1D", "EinsumDense-*", "GroupQueryAttention", "Masking", "MaxPooling1D*",
    "MultiHeadAttention-axes-1", "MultiHeadAttention-axes-2", "MultiHeadAttention-gate",
    "MultiHeadAttention-sliding-window", "Resizing-*-antialias_True", "Resizing-*-interpolation_lanczos?", "Resizing-*-pad_to_aspect_ratio_True*",
    "SeparableConv1D", "TimeDistributed-Model", "TimeDistributed-Sequential", "UpSampling1D", "ZeroPadding1D",
    "convolutions-over-rows", "operation-einsum*", "operation-logsumexp", "operation-pad-*", "operation-roll",
    "operation-standardization", "operation-std", "operation-tensordot", "operation-var", "operation-where",
)


def check(report, zoo, _shared):
    compare_all(report, zoo, "kinds", table(), REFUSED)

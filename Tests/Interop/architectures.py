"""Networks as people publish them, small, from both Kerases: zoo converts them whole, computes what Keras does, and
gives them back. The containers take turns."""

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from operations import KERAS_3, counted, functions
from whole import Model, compare_all


def table():
    yield Model("lenet", _lenet, shape=(28, 28, 1), span=(0, 1))
    yield Model("cifar", _cifar, shape=(32, 32, 3), span=(0, 255))
    yield Model("mini-xception", _mini_xception, shape=(64, 64, 1))
    yield Model("squeezenet", _squeezenet, shape=(64, 64, 3))
    yield Model("squeezenet-slashes", _squeezenet_with_slashes, shape=(64, 64, 3), libraries=("tf-keras",),
                unreadable=("tf-keras.keras", "tf-keras.weights.h5+json"))
    yield Model("resnet8", _resnet8, shape=(32, 32, 3), everywhere=True)
    yield Model("unet-upsampling", _unet(_upsampled), shape=(32, 48, 3), span=(0, 1))
    yield Model("unet-transposed", _unet(_transposed), shape=(48, 32, 1), span=(0, 1))
    yield Model("autoencoder", _autoencoder, shape=(28, 28, 1), span=(0, 1))
    yield Model("autoencoder-nested", _nested_autoencoder, shape=(28, 28, 1), span=(0, 1))
    yield Model("ssr-net", _ssr_net, shape=(64, 64, 3), unreadable=KERAS_3)
    yield Model("pilotnet", _pilotnet, shape=(66, 200, 3), span=(0, 255), everywhere=True)
    yield Model("vit", _vit, shape=(32, 32, 3), unreadable=KERAS_3)
    yield Model("dncnn", _dncnn, shape=(20, 24, 1), span=(0, 1))
    yield Model("dcgan-discriminator", _discriminator, shape=(28, 28, 1), span=(-1, 1))
    yield Model("dcgan-generator", _generator, shape=(32,))
    yield Model("mobilenet", _mobilenet, shape=(48, 48, 3), span=(-1, 1))
    yield Model("super-resolution", _super_resolution, shape=(16, 20, 1), span=(0, 1), unreadable=KERAS_3)
    yield Model("super-resolution-residual", _edsr, shape=(12, 16, 3), span=(0, 255), unreadable=KERAS_3)
    yield Model("convnext", _convnext, shape=(32, 32, 3))
    yield Model("efficientnet", _efficientnet, shape=(32, 32, 3), span=(0, 255))
    yield Model("inception", _inception, shape=(32, 32, 3))
    yield Model("densenet", _densenet, shape=(32, 32, 3))
    yield Model("fcn8", _fcn8, shape=(64, 64, 3))
    yield Model("shufflenet", _shufflenet, shape=(32, 32, 3), unreadable=KERAS_3)
    yield Model("mlp-mixer", _mlp_mixer, shape=(32, 32, 3))
    yield Model("face-embedding", _face_embedding, shape=(48, 40, 3), span=(0, 255), unreadable=KERAS_3)
    yield Model("multi-task", _multi_task, shape=(48, 48, 3), span=(0, 1))


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


def _mini_xception(library, x):
    """For faces of 64 pixels in gray."""
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
    return layers.Activation("softmax", name="predictions")(x)


def _squeezenet(library, x, separator="_"):
    layers = library.layers

    def conv(x, filters, size, *name):
        x = layers.Conv2D(filters, size, padding="same", name=separator.join(name))(x)
        return layers.Activation("relu", name=separator.join([*name[:-1], f"relu_{name[-1]}"]))(x)
    x = layers.Conv2D(16, 3, strides=2, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for number, (squeeze, expand) in enumerate(((4, 8), (6, 12), (8, 16)), start=2):
        x = conv(x, squeeze, 1, f"fire{number}", "squeeze1x1")
        branches = [conv(x, expand, size, f"fire{number}", f"expand{size}x{size}") for size in (1, 3)]
        x = layers.Concatenate(axis=3, name=separator.join([f"fire{number}", "concat"]))(branches)
        if number == 3:
            x = layers.MaxPooling2D(3, strides=2, name="pool3")(x)
    x = layers.Conv2D(9, 1, activation="relu", name="conv10")(layers.Dropout(0.5, name="drop9")(x))
    return layers.Activation("softmax", name="loss")(layers.GlobalAveragePooling2D()(x))


def _squeezenet_with_slashes(library, x):
    return _squeezenet(library, x, separator="/")


def _resnet8(library, x):
    layers = library.layers
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same")(x)))
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        y = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(y))
        if strides > 1:
            x = layers.Conv2D(filters, 1, strides=strides, padding="same")(x)
        x = layers.ReLU()(layers.Add()([y, x]))
    return layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))


def _unet(enlarged):
    def build(library, x):
        layers, skipped = library.layers, []
        for filters in (8, 16):
            skipped.append(_twice(layers, x, filters))
            x = layers.MaxPooling2D(2)(skipped[-1])
        x = layers.Dropout(0.3)(_twice(layers, x, 32))
        for filters, y in zip((16, 8), skipped[::-1]):
            x = _twice(layers, layers.Concatenate()([enlarged(layers, x, filters), y]), filters)
        return layers.Conv2D(1, 1, activation="sigmoid")(x)
    return build


def _twice(layers, x, filters):
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
    return x


def _upsampled(layers, x, filters):
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    return layers.Conv2D(filters, 2, padding="same", activation="relu")(x)


def _transposed(layers, x, filters):
    return layers.Conv2DTranspose(filters, 2, strides=2, padding="same")(x)


def _autoencoder(library, x):
    """As on Keras' blog."""
    layers = library.layers
    for filters in (16, 8, 8):
        x = layers.MaxPooling2D(2, padding="same")(layers.Conv2D(filters, 3, activation="relu", padding="same")(x))
    for filters, padding in ((8, "same"), (8, "same"), (16, "valid")):
        x = layers.UpSampling2D(2)(layers.Conv2D(filters, 3, activation="relu", padding=padding)(x))
    return layers.Conv2D(1, 3, activation="sigmoid", padding="same")(x)


def _nested_autoencoder(library, x):
    """An encoder and a decoder, models of their own."""
    layers = library.layers
    encoder = library.Sequential([
        library.Input((28, 28, 1)), layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"), layers.Flatten(), layers.Dense(10)],
        name="encoder")
    decoder = library.Sequential([
        library.Input((10,)), layers.Dense(7 * 7 * 16, activation="relu"), layers.Reshape((7, 7, 16)),
        layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid")], name="decoder")
    return decoder(encoder(x))


def _ssr_net(library, x):
    """An age from three stages of refinement, of two streams each."""
    layers = library.layers
    first = second = x
    stages = []
    for _ in range(3):
        first = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(first)))
        first = layers.AveragePooling2D(2)(first)
        second = layers.Activation("tanh")(layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(second)))
        second = layers.MaxPooling2D(2)(second)
        stages.append(_stage(layers, first, second))
    return _age(library, stages)


def _stage(layers, first, second, bins=3):
    """The probabilities of the bins, their shifts, and how much wider they are."""
    halves = [layers.GlobalAveragePooling2D()(layers.Conv2D(6, 1, activation=a)(x))
              for a, x in (("relu", first), ("tanh", second))]
    width = layers.Dense(1, activation="tanh")(layers.Multiply()(halves))
    features = layers.Dropout(0.2)(layers.Concatenate()(halves))
    return (layers.Dense(bins, activation="softmax")(features), layers.Dense(bins, activation="tanh")(features), width)


def _age(library, stages, bins=3, oldest=101):
    f = functions(library)
    total = f.sum if f is keras.ops else f.reduce_sum
    age, size = 0, 1
    for probabilities, shifts, width in stages:
        size = size * bins * (1 + 0.1 * width)
        weighted = probabilities * (shifts + np.arange(bins, dtype="float32"))
        age = age + total(weighted, axis=1, keepdims=True) / size
    return age * oldest


def _pilotnet(library, x):
    """A steering angle, and the throttle beside it."""
    layers = library.layers
    x = layers.Rescaling(1 / 127.5, offset=-1)(layers.Cropping2D(((10, 4), (0, 0)))(x))
    for filters, size, strides in ((24, 5, 2), (36, 5, 2), (48, 3, 2), (64, 3, 1)):
        x = layers.Conv2D(filters, size, strides=strides, activation="elu")(x)
    x = layers.Dense(50, activation="elu")(layers.Dropout(0.5)(layers.Flatten()(x)))
    return [layers.Dense(1, name="steering")(x), layers.Dense(1, activation="sigmoid", name="throttle")(x)]


def _vit(library, x, size=16):
    """As in Keras' example, of its layers alone: the positions are an Embedding of counted patches."""
    layers = library.layers
    x = layers.Reshape((16, size))(layers.Conv2D(size, 8, strides=8, name="patches")(x))
    x = _with_positions(library, x, size)
    for _ in range(2):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.Add()([layers.MultiHeadAttention(num_heads=2, key_dim=size, dropout=0.1)(y, y), x])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        for units in (2 * size, size):
            y = layers.Dropout(0.1)(layers.Dense(units, activation="gelu")(y))
        x = layers.Add()([y, x])
    x = layers.Dropout(0.5)(layers.Flatten()(layers.LayerNormalization(epsilon=1e-6)(x)))
    return layers.Dense(10)(layers.Dense(32, activation="gelu")(x))


def _with_positions(library, x, size):
    positions = library.layers.Embedding(16, size, name="positions")
    if library is tf_keras:
        return x + positions(tf.range(start=0, limit=tf.shape(x)[1], delta=1))
    return x + positions(counted(library, x))


def _dncnn(library, x):
    """The noise is what the layers find; the picture is what is left."""
    layers, noise = library.layers, library.layers.Conv2D(16, 3, padding="same", activation="relu")(x)
    for _ in range(4):
        noise = layers.Conv2D(16, 3, padding="same", use_bias=False)(noise)
        noise = layers.Activation("relu")(layers.BatchNormalization(axis=3, momentum=0.0, epsilon=1e-4)(noise))
    return layers.Subtract()([x, layers.Conv2D(1, 3, padding="same", use_bias=False)(noise)])


def _discriminator(library, x):
    layers = library.layers
    for filters in (16, 32):
        x = layers.Dropout(0.3)(layers.LeakyReLU(0.2)(layers.Conv2D(filters, 5, strides=2, padding="same")(x)))
    return layers.Dense(1)(layers.Flatten()(x))


def _generator(library, x):
    layers = library.layers
    x = layers.LeakyReLU()(layers.BatchNormalization()(layers.Dense(7 * 7 * 16, use_bias=False)(x)))
    x = layers.Reshape((7, 7, 16))(x)
    for filters, strides in ((16, 1), (8, 2)):
        x = layers.Conv2DTranspose(filters, 5, strides=strides, padding="same", use_bias=False)(x)
        x = layers.LeakyReLU()(layers.BatchNormalization()(x))
    return layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False, activation="tanh")(x)


def _mobilenet(library, x):
    layers = library.layers
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    for filters, strides in ((16, 1), (24, 2), (24, 1), (32, 2)):
        if strides == 2:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
        x = layers.DepthwiseConv2D(3, strides=strides, padding="valid" if strides == 2 else "same", use_bias=False)(x)
        x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
        x = layers.Conv2D(filters, 1, use_bias=False)(x)
        x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Dropout(1e-3)(layers.GlobalAveragePooling2D(keepdims=True)(x))
    return layers.Activation("softmax")(layers.Reshape((7,))(layers.Conv2D(7, 1)(x)))


def _super_resolution(library, x):
    """Three times as large, by pixels out of channels."""
    layers, f = library.layers, functions(library)
    for filters, size in ((16, 5), (16, 3), (9, 3)):
        x = layers.Conv2D(filters, size, padding="same", activation="tanh" if filters == 16 else None)(x)
    if f is tf:
        return tf.nn.depth_to_space(x, 3)
    x = f.transpose(f.reshape(x, (-1, 16, 20, 3, 3, 1)), (0, 1, 3, 2, 4, 5))
    return f.reshape(x, (-1, 48, 60, 1))


def _edsr(library, x):
    """Residual blocks without normalization, between scaling and its reverse."""
    layers, f = library.layers, functions(library)
    mean = np.float32([111.7, 113.1, 103.5])
    x = first = layers.Conv2D(16, 3, padding="same")((x - mean) / 127.5)
    for _ in range(2):
        y = layers.Conv2D(16, 3, padding="same")(layers.Conv2D(16, 3, padding="same", activation="relu")(x))
        x = layers.Add()([x, y * 0.1])
    x = layers.Conv2D(12, 3, padding="same")(layers.Add()([first, layers.Conv2D(16, 3, padding="same")(x)]))
    x = f.depth_to_space(x, 2) if f is keras.ops else f.nn.depth_to_space(x, 2)
    return x * 127.5 + mean


def _convnext(library, x):
    layers = library.layers
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Conv2D(12, 4, strides=4)(x))
    for filters in (12, 24):
        if filters > 12:
            x = layers.Conv2D(filters, 2, strides=2)(layers.LayerNormalization(epsilon=1e-6)(x))
        y = layers.LayerNormalization(epsilon=1e-6)(layers.Conv2D(filters, 7, padding="same", groups=filters)(x))
        y = layers.Dense(filters)(layers.Activation("gelu")(layers.Dense(4 * filters)(y)))
        x = layers.Add()([x, y])
    x = layers.LayerNormalization(epsilon=1e-6)(layers.GlobalAveragePooling2D()(x))
    return layers.Dense(10, activation="softmax")(x)


def _efficientnet(library, x):
    layers = library.layers
    x = layers.Normalization(mean=[123.7, 116.3, 103.5], variance=[3409.0, 3262.0, 3291.0])(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.Activation("swish")(layers.BatchNormalization()(x))
    for filters, size, strides in ((8, 3, 1), (16, 5, 2), (16, 3, 1)):
        y = _expanded(layers, x, size, strides)
        y = layers.BatchNormalization()(layers.Conv2D(filters, 1, padding="same", use_bias=False)(y))
        if strides == 1:
            y = layers.Add()([layers.Dropout(0.2, noise_shape=(None, 1, 1, 1))(y), x])
        x = y
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(32, 1, activation="swish")(x))
    return layers.Dense(10, activation="softmax")(layers.Dropout(0.2)(x))


def _expanded(layers, x, size, strides):
    """Four times the channels, with a squeeze and an excitation."""
    channels = 4 * x.shape[-1]
    x = layers.Activation("swish")(layers.BatchNormalization()(layers.Conv2D(channels, 1, use_bias=False)(x)))
    x = layers.DepthwiseConv2D(size, strides=strides, padding="same", use_bias=False)(x)
    x = layers.Activation("swish")(layers.BatchNormalization()(x))
    y = layers.Reshape((1, 1, channels))(layers.GlobalAveragePooling2D()(x))
    y = layers.Conv2D(channels, 1, activation="sigmoid")(layers.Conv2D(channels // 8, 1, activation="swish")(y))
    return layers.Multiply()([x, y])


def _inception(library, x):
    layers = library.layers
    x = layers.MaxPooling2D(3, strides=2, padding="same")(layers.Conv2D(16, 5, padding="same", activation="relu")(x))
    for filters in (4, 8):
        branches = [layers.Conv2D(filters, 1, activation="relu")(x)]
        for size in (3, 5):
            y = layers.Conv2D(filters, 1, activation="relu")(x)
            branches.append(layers.Conv2D(2 * filters, size, padding="same", activation="relu")(y))
        y = layers.Conv2D(filters, (1, 7), padding="same", activation="relu")(x)
        branches.append(layers.Conv2D(filters, (7, 1), padding="same", activation="relu")(y))
        pooled = layers.AveragePooling2D(3, strides=1, padding="same")(x)
        branches.append(layers.Conv2D(filters, 1, activation="relu")(pooled))
        x = layers.Concatenate(axis=-1)(branches)
    return layers.Dense(10, activation="softmax")(layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x)))


def _densenet(library, x):
    layers = library.layers
    x = layers.Conv2D(16, 3, padding="same", use_bias=False)(x)
    for block in range(2):
        for _ in range(3):
            y = layers.Activation("relu")(layers.BatchNormalization(epsilon=1.001e-5)(x))
            y = layers.Conv2D(32, 1, use_bias=False)(y)
            y = layers.Activation("relu")(layers.BatchNormalization(epsilon=1.001e-5)(y))
            x = layers.Concatenate()([x, layers.Conv2D(8, 3, padding="same", use_bias=False)(y)])
        if block == 0:
            y = layers.Activation("relu")(layers.BatchNormalization(epsilon=1.001e-5)(x))
            x = layers.AveragePooling2D(2)(layers.Conv2D(20, 1, use_bias=False)(y))
    x = layers.Activation("relu")(layers.BatchNormalization(epsilon=1.001e-5)(x))
    return layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))


def _fcn8(library, x, classes=5):
    """A class for each pixel, from three depths."""
    layers, depths = library.layers, []
    for filters in (8, 12, 16, 24, 24):
        x = layers.MaxPooling2D(2)(layers.Conv2D(filters, 3, padding="same", activation="relu")(x))
        depths.append(x)
    x = layers.Conv2D(classes, 1)(layers.Dropout(0.5)(layers.Conv2D(32, 2, padding="same", activation="relu")(x)))
    for depth in (3, 2):
        x = layers.Cropping2D(1)(layers.Conv2DTranspose(classes, 4, strides=2, use_bias=False)(x))
        x = layers.Add()([x, layers.Conv2D(classes, 1)(depths[depth])])
    x = layers.Cropping2D(4)(layers.Conv2DTranspose(classes, 16, strides=8, use_bias=False)(x))
    return layers.Softmax()(x)


def _shufflenet(library, x):
    layers, f = library.layers, functions(library)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(x)
    for _ in range(2):
        y = layers.BatchNormalization()(layers.Conv2D(16, 1, groups=4)(x))
        y = f.transpose(f.reshape(y, (-1, 16, 16, 4, 4)), (0, 1, 2, 4, 3))
        y = layers.DepthwiseConv2D(3, padding="same")(f.reshape(y, (-1, 16, 16, 16)))
        x = layers.ReLU()(layers.Add()([x, layers.Conv2D(16, 1, groups=4)(y)]))
    return layers.Dense(10)(layers.GlobalAveragePooling2D()(x))


def _mlp_mixer(library, x, size=16):
    layers = library.layers
    x = layers.Reshape((16, size))(layers.Conv2D(size, 8, strides=8)(x))
    for _ in range(2):
        y = layers.Permute((2, 1))(layers.LayerNormalization()(x))
        y = layers.Permute((2, 1))(layers.Dense(16)(layers.Dense(32, activation="gelu")(y)))
        x = layers.Add()([x, y])
        x = layers.Add()([x, layers.Dense(size)(layers.Dense(32, activation="gelu")(layers.LayerNormalization()(x)))])
    return layers.Dense(10)(layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x)))


def _face_embedding(library, x):
    """Of unit length, behind PReLU as the networks for faces have it."""
    layers, f = library.layers, functions(library)
    x = (x - 127.5) * 0.0078125
    for filters in (8, 16):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.PReLU(shared_axes=[1, 2])(layers.BatchNormalization(epsilon=1e-5)(x))
    x = layers.BatchNormalization()(layers.Dense(24, use_bias=False)(layers.Flatten()(x)))
    return f.normalize(x, axis=1) if f is keras.ops else f.nn.l2_normalize(x, axis=1)


def _multi_task(library, x):
    """The age, the gender and the emotion of a face, and a map of where it is."""
    layers = library.layers
    for filters in (8, 16):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.SpatialDropout2D(0.1)(layers.MaxPooling2D(2)(x))
    features = layers.Dense(16, activation="relu", name="features")(layers.Flatten()(x))
    return [layers.Dense(1, name="age")(features), layers.Dense(2, activation="softmax", name="gender")(features),
            layers.Dense(7, activation="softmax", name="emotion")(features),
            layers.Conv2D(1, 1, activation="sigmoid", name="map")(x)]


def check(report, zoo, _shared):
    compare_all(report, zoo, "architectures", table())

"""Networks of one's own, as people publish them, whole with their tops."""

import keras
from keras import layers


def mini_xception(classes=7):
    """Emotions in gray faces of 64 pixels (Arriaga, Valdenegro-Toro, Plöger 2017)."""
    x = picture = keras.Input((64, 64, 1))
    for _ in range(2):
        x = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv2D(8, 3, use_bias=False)(x)))
    for filters in (16, 32, 64, 128):
        y = layers.BatchNormalization()(layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(x))
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(layers.BatchNormalization()(x))
        x = layers.Add()([x, y])
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(classes, 3, padding="same")(x))
    return keras.Model(picture, layers.Activation("softmax", name="predictions")(x))


def unet():
    """Masks (Ronneberger, Fischer, Brox 2015), half as wide, of pictures of 128 pixels."""
    x = picture = keras.Input((128, 128, 3))
    skipped = []
    for filters in (32, 64, 128, 256):
        skipped.append(_twice(x, filters))
        x = layers.MaxPooling2D(2)(skipped[-1])
    x = _twice(x, 512)
    for filters, y in zip((256, 128, 64, 32), skipped[::-1]):
        x = layers.Conv2D(filters, 2, padding="same", activation="relu")(layers.UpSampling2D(2)(x))
        x = _twice(layers.Concatenate()([y, x]), filters)
    return keras.Model(picture, layers.Conv2D(1, 1, activation="sigmoid")(x))


def _twice(x, filters):
    for _ in range(2):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return x


def vit(size=64, patches=144):
    """As in Keras' example for small data: pictures of 72 pixels in patches of 6, eight blocks."""
    picture = keras.Input((72, 72, 3))
    x = layers.Reshape((patches, size))(layers.Conv2D(size, 6, strides=6)(picture))
    counted = keras.ops.cumsum(keras.ops.ones_like(x[:, :, 0], dtype="int32"), axis=1) - 1
    x = layers.Add()([x, layers.Embedding(patches, size)(counted)])
    for _ in range(8):
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.Add()([layers.MultiHeadAttention(4, size, dropout=0.1)(y, y), x])
        y = layers.LayerNormalization(epsilon=1e-6)(x)
        for units in (2 * size, size):
            y = layers.Dropout(0.1)(layers.Dense(units, activation="gelu")(y))
        x = layers.Add()([y, x])
    x = layers.Dropout(0.5)(layers.Flatten()(layers.LayerNormalization(epsilon=1e-6)(x)))
    for units in (2048, 1024):
        x = layers.Dropout(0.5)(layers.Dense(units, activation="gelu")(x))
    return keras.Model(picture, layers.Dense(100)(x))


NETWORKS = {"mini-XCEPTION": mini_xception, "U-Net": unet, "ViT": vit}

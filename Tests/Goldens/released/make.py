"""The small model of which every released version keeps a .zoo file, and what real Keras computes with it, in float64.

    python Tests/Goldens/released/make.py        (needs tensorflow-cpu and keras 3)

It is not to be run again: the files of released versions were made of what it wrote.
"""

import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import keras
import numpy as np
from keras import layers

HERE = Path(__file__).resolve().parent


def model():
    return keras.Sequential(
        [
            keras.Input((16, 16, 3), name="pixels"),
            layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="conv"),
            layers.BatchNormalization(name="bn"),
            layers.ReLU(6.0, name="relu"),
            layers.DepthwiseConv2D(3, padding="same", name="depthwise"),
            layers.Conv2D(16, 1, activation="swish", name="pointwise"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dropout(0.2, name="dropout"),
            layers.Dense(3, activation="softmax", name="predictions"),
        ],
        name="small",
    )


keras.utils.set_random_seed(0)
random = np.random.default_rng(0)
small = model()
small.set_weights([random.uniform(0.1, 0.9, weight.shape) - (weight.ndim > 1) / 2 for weight in small.get_weights()])
small.save(HERE / "small.keras")

keras.config.set_floatx("float64")
exact = model()
exact.set_weights(small.get_weights())
pixels = random.integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
np.save(HERE / "pixels.npy", pixels)
# As `--preprocessing tf` does it.
np.save(HERE / "probabilities.npy", exact.predict(pixels.astype(np.float64) / 127.5 - 1, verbose=0))

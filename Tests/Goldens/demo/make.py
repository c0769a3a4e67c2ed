"""What real Keras computes with the demo base, in float64: run after zoo/make_demo_base.py.

    python Tests/Goldens/demo/make.py        (needs tensorflow-cpu and keras 3)
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import keras
import numpy as np

HERE = Path(__file__).resolve().parent
ZOO = HERE.parents[2] / "zoo"
sys.path.insert(0, str(ZOO))

from make_demo_base import CLASSES, SIZE, dataset

keras.config.set_floatx("float64")
pixels, _ = dataset(4, seed=3)
model = keras.applications.MobileNet(
    alpha=0.25, input_shape=(SIZE, SIZE, 3), weights=None, classes=len(CLASSES)
)
model.load_weights(ZOO / "demo_mobilenet_0.25_128.h5")
x = keras.applications.mobilenet.preprocess_input(pixels.astype(np.float64))
features = keras.Model(model.inputs, model.get_layer("conv_pw_13_relu").output)
np.save(HERE / "pixels.npy", pixels)
np.save(HERE / "features.npy", features.predict(x, verbose=0).mean((1, 2)))
np.save(HERE / "probabilities.npy", model.predict(x, verbose=0))

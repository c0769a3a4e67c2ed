"""Makes one network for all: make.py NAME FOLDER

Keras with random weights (He-scaled, BatchNorm statistics that matter), pictures, what Keras computes from
them, and the same weights as a module of PyTorch.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests/Interop"))

import keras  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

import models  # noqa: E402
import weights  # noqa: E402
from translate import Translated  # noqa: E402

BASES = {
    "VGG16": "vgg16", "ResNet50": "resnet50", "MobileNet": "mobilenet_1.0_224",
    "MobileNetV2": "mobilenetv2_1.0_224", "MobileNetV3Large": "mobilenetv3large_1.0_224"}
PICTURES = 16


def main(name, folder):
    base = models.NAMED[BASES[name]]
    pixels = models.pictures(base.size, PICTURES)
    model = models.build(base, top=False)
    weights.randomise(base, model, pixels[:4], seed=0)
    preprocess = getattr(keras.applications, base.module).preprocess_input
    prepared = np.ascontiguousarray(preprocess(pixels.astype("float32")))
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "prepared.npy", prepared)
    np.save(folder / "expected.npy", np.asarray(model(prepared, training=False)))
    model.save(folder / "network.keras")
    model.save_weights(folder / "network.weights.h5")
    (folder / "base").write_text(base.name)
    torch.save(Translated(model).eval(), folder / "network.pt")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

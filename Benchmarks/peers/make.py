"""Makes one network for all: make.py NAME FOLDER

Keras with random weights (He-scaled, BatchNorm statistics that matter), pictures, what Keras computes from
them, and the same weights as a module of PyTorch. A base has no top; a network of one's own is whole.
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
import networks  # noqa: E402
import weights  # noqa: E402
from whole import random_values  # noqa: E402
from translate import Translated  # noqa: E402

BASES = {
    "VGG16": "vgg16", "ResNet50": "resnet50", "MobileNet": "mobilenet_1.0_224",
    "MobileNetV2": "mobilenetv2_1.0_224", "MobileNetV3Large": "mobilenetv3large_1.0_224",
    "EfficientNetB0": "efficientnetb0", "EfficientNetV2B0": "efficientnetv2b0", "DenseNet121": "densenet121",
    "Xception": "xception", "InceptionV3": "inceptionv3", "NASNetMobile": "nasnetmobile",
    "ConvNeXtTiny": "convnext_tiny"}
PICTURES = 16


def main(name, folder):
    model, pixels, prepared = base(BASES[name], folder) if name in BASES else own(name)
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "prepared.npy", prepared)
    np.save(folder / "expected.npy", np.asarray(model(prepared, training=False)))
    model.save(folder / "network.keras")
    torch.save(Translated(model).eval(), folder / "network.pt")


def base(name, folder):
    """The weights are in a file of their own, as most people have them."""
    base = models.NAMED[name]
    pixels = models.pictures(base.size, PICTURES)
    model = models.build(base, top=False)
    weights.randomise(base, model, pixels[:4], seed=0)
    preprocess = getattr(keras.applications, base.module).preprocess_input
    model.save_weights(folder / "network.weights.h5")
    (folder / "base").write_text(base.name)
    return model, pixels, np.ascontiguousarray(preprocess(pixels.astype("float32")))


def own(name):
    model, rng = networks.NETWORKS[name](), np.random.default_rng(0)
    model.set_weights([random_values(rng, weight) for weight in model.weights])
    pixels = rng.uniform(0, 1, (PICTURES, *model.input_shape[1:])).astype("float32")
    return model, pixels, pixels


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

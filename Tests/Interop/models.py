"""The bases as Keras names them, and how Keras builds, preprocesses and runs each."""

import gc
from dataclasses import dataclass

import keras
import numpy as np
import tf_keras


@dataclass(frozen=True)
class Base:
    name: str
    constructor: str
    module: str
    size: int = 224
    alpha: float | None = None
    minimalistic: bool = False

    @property
    def options(self):
        """What the constructor takes besides the common arguments."""
        options = {} if self.alpha is None else {"alpha": self.alpha}
        return options | ({"minimalistic": True} if self.minimalistic else {})

    @property
    def weights_key(self):
        """Bases of one key differ in input size only and share their weights."""
        return (self.constructor, self.alpha, self.minimalistic)


def _plain(module, version, depths, prefix, constructor):
    return [Base(f"{prefix}{d}{version}", f"{constructor}{d}{version.upper()}", module) for d in depths]


def _sized(prefix, constructor, module, alphas, sizes):
    return [Base(f"{prefix}_{a}_{s}", constructor, module, s, a) for a in alphas for s in sizes]


def _mobilenet_v3():
    for kind in ("small", "large"):
        constructor, module = f"MobileNetV3{kind.title()}", "mobilenet_v3"
        for alpha in (1.0, 0.75):
            yield Base(f"mobilenetv3{kind}_{alpha}_224", constructor, module, 224, alpha)
        yield Base(f"mobilenetv3{kind}_minimalistic_1.0_224", constructor, module, 224, 1.0, True)


BASES = [
    Base("vgg16", "VGG16", "vgg16"),
    Base("vgg19", "VGG19", "vgg19"),
    *_plain("resnet", "", (50, 101, 152), "resnet", "ResNet"),
    *_plain("resnet_v2", "v2", (50, 101, 152), "resnet", "ResNet"),
    *_sized("mobilenet", "MobileNet", "mobilenet", (1.0, 0.75, 0.5, 0.25), (224, 192, 160, 128)),
    *_sized("mobilenetv2", "MobileNetV2", "mobilenet_v2",
            (0.35, 0.5, 0.75, 1.0, 1.3, 1.4), (224, 192, 160, 128, 96)),
    *_mobilenet_v3(),
]

NAMED = {base.name: base for base in BASES}


def groups():
    """The bases in lists that share their weights, the default size first."""
    found = {}
    for base in BASES:
        found.setdefault(base.weights_key, []).append(base)
    return list(found.values())


def build(base, top, size=None, library=keras, **options):
    """An untrained model of Keras 3, or of tf-keras where that is the library."""
    size = size or base.size
    constructor = getattr(library.applications, base.constructor)
    return constructor(
        weights=None, include_top=top, input_shape=(size, size, 3), **base.options, **options)


def forget():
    """Releases what Keras keeps of models that are no longer needed."""
    keras.backend.clear_session()
    tf_keras.backend.clear_session()
    gc.collect()


def pictures(size, count=2, seed=0):
    """Smooth random colour pictures, each brighter: raw 0…255 pixels (count, size, size, 3), uint8."""
    rng = np.random.default_rng(seed)
    brightness = np.linspace(0.4, 1, count).reshape(-1, 1, 1, 1)
    coarse = rng.uniform(0, 255, (count, 9, 9, 3)) * brightness
    smooth = np.asarray(keras.ops.image.resize(coarse, (size, size), "bicubic"))
    return np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype("uint8")


def run(base, model, pixels):
    """What Keras computes from raw pixels."""
    preprocess = getattr(keras.applications, base.module).preprocess_input
    prepared = preprocess(np.array(pixels, model.compute_dtype))
    return np.asarray(model(prepared, training=False))


def weighted_layers(model):
    return [layer for layer in model.layers if layer.weights]


def copy_weights(source, target):
    """Copies layer by layer, in order, between models of either Keras.

    The source may go on further than the target: a model with top, and one without.
    """
    for old, new in zip(weighted_layers(source), weighted_layers(target), strict=False):
        new.set_weights([np.asarray(w) for w in old.get_weights()])


def in_float64(base, model, top, size, pixels):
    """What Keras computes in float64 with the same weights: the measure of its own float32 noise."""
    keras.config.set_dtype_policy("float64")
    try:
        exact = build(base, top, size)
    finally:
        keras.config.set_dtype_policy("float32")
    copy_weights(model, exact)
    return run(base, exact, pixels)

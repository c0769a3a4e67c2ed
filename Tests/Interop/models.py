"""The bases as Keras names them, and how Keras builds, preprocesses and runs each."""

import contextlib
import gc
import importlib
from dataclasses import dataclass
from unittest import mock

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
    # The smallest legal size.
    minimum: int = 32
    # The layer that gives the classes.
    classifier: str = "predictions"
    # Built as around the published weights, where Keras then adds a layer.
    published: bool = False
    # Compared once, at this size, as another base of the family is compared in every way.
    sampled: int | None = None

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


def _efficientnet():
    for b, sampled in enumerate((None, 129, 131, 97, 98, 65, 97, 129)):
        yield Base(f"efficientnetb{b}", f"EfficientNetB{b}", "efficientnet",
                   (224, 240, 260, 300, 380, 456, 528, 600)[b], published=True, sampled=sampled)


def _efficientnet_v2():
    for kind, size, sampled in (("b0", 224, None), ("b1", 240, 131), ("b2", 260, 98), ("b3", 300, 129),
                                ("s", 384, 97), ("m", 480, 65), ("l", 480, 67)):
        yield Base(f"efficientnetv2{kind}", f"EfficientNetV2{kind.upper()}", "efficientnet_v2", size, sampled=sampled)


def _convnext():
    for kind, constructor, sampled in (("tiny", "Tiny", None), ("small", "Small", 131), ("base", "Base", 97),
                                       ("large", "Large", 65), ("xlarge", "XLarge", 67)):
        name = f"convnext_{kind}"
        yield Base(name, f"ConvNeXt{constructor}", "convnext", classifier=f"{name}_head_dense", sampled=sampled)


BASES = [
    Base("vgg16", "VGG16", "vgg16"),
    Base("vgg19", "VGG19", "vgg19"),
    *_plain("resnet", "", (50, 101, 152), "resnet", "ResNet"),
    *_plain("resnet_v2", "v2", (50, 101, 152), "resnet", "ResNet"),
    *_sized("mobilenet", "MobileNet", "mobilenet", (1.0, 0.75, 0.5, 0.25), (224, 192, 160, 128)),
    *_sized("mobilenetv2", "MobileNetV2", "mobilenet_v2",
            (0.35, 0.5, 0.75, 1.0, 1.3, 1.4), (224, 192, 160, 128, 96)),
    *_mobilenet_v3(),
    Base("densenet121", "DenseNet121", "densenet"),
    Base("densenet169", "DenseNet169", "densenet", sampled=131),
    Base("densenet201", "DenseNet201", "densenet", sampled=97),
    Base("xception", "Xception", "xception", 299, minimum=71),
    Base("inceptionv3", "InceptionV3", "inception_v3", 299, minimum=75),
    Base("inceptionresnetv2", "InceptionResNetV2", "inception_resnet_v2", 299, sampled=129),
    Base("nasnetmobile", "NASNetMobile", "nasnet"),
    Base("nasnetlarge", "NASNetLarge", "nasnet", 331, sampled=65),
    *_efficientnet(),
    *_efficientnet_v2(),
    *_convnext(),
]

NAMED = {base.name: base for base in BASES}


def groups():
    """The bases in lists that share their weights, the default size first."""
    found = {}
    for base in BASES:
        found.setdefault(base.weights_key, []).append(base)
    return list(found.values())


def is_alone(base):
    """Whether no other base has the same weights, so that they tell which base it is."""
    return sum(other.weights_key == base.weights_key for other in BASES) == 1


def build(base, top, size=None, library=keras, **options):
    """An untrained model of Keras 3, or of tf-keras where that is the library."""
    size = size or base.size
    constructor = getattr(library.applications, base.constructor)
    with _nothing_loaded(library) if base.published else contextlib.nullcontext():
        return constructor(
            weights="imagenet" if base.published else None, include_top=top, input_shape=(size, size, 3),
            **base.options, **options)


@contextlib.contextmanager
def _nothing_loaded(library):
    """Lets a constructor think that it loads the published weights, which with top it does for their size only."""
    source = "keras.src" if library is keras else "tf_keras.src"
    files = importlib.import_module(f"{source}.utils.{'file_utils' if library is keras else 'data_utils'}")
    sizes = importlib.import_module(f"{source}.applications.imagenet_utils")
    with (mock.patch.object(files, "get_file"), mock.patch.object(library.Model, "load_weights"),
          mock.patch.object(sizes, "obtain_input_shape", lambda shape, **_: shape)):
        yield


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
        set_weights(new, [np.asarray(w) for w in old.get_weights()])


def set_weights(layer, values):
    layer.set_weights(values)
    if hasattr(layer, "finalize_state"):  # Normalization computes with copies of its weights.
        layer.finalize_state()


def in_float64(base, model, top, size, pixels):
    """What Keras computes in float64 with the same weights: the measure of its own float32 noise."""
    keras.config.set_dtype_policy("float64")
    try:
        exact = build(base, top, size)
    finally:
        keras.config.set_dtype_policy("float32")
    copy_weights(model, exact)
    return run(base, exact, pixels)

"""Random weights that keep a network alive: He-scaled kernels, random BatchNorm statistics."""

import re

import keras
import numpy as np

from models import run, set_weights, weighted_layers


def randomise(base, model, pixels, seed):
    """Fills a Keras 3 model.

    BatchNorm statistics lie around those of the pictures, which keeps a sane scale through any depth.
    Exact ones would make a bad measure: removing every mean amplifies float32's noise, in Keras too,
    until it exceeds what is compared. Where the model has a top, its logits have a standard deviation
    of 1, so that softmax does not saturate.
    """
    rng = np.random.default_rng(seed)
    for layer in weighted_layers(model):
        set_weights(layer, [_random(rng, layer, w) for w in layer.weights])
    norms = [l for l in model.layers if isinstance(l, keras.layers.BatchNormalization)]
    _calibrate(base, model, norms, pixels)
    for norm in norms:
        norm.set_weights(_disturbed(rng, norm.get_weights()))
    if len(model.output.shape) == 2:
        _scale_classifier(base, model, pixels)


def _random(rng, layer, variable):
    shape = tuple(variable.shape)
    if "kernel" in variable.name:
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D) or variable.name == "depthwise_kernel"
        fan_in = np.prod(shape[:2] if depthwise else shape[:-1])
        # EfficientNets' sigmoids: driven to where they jump between 0 and 1, they amplify float32's noise
        # some hundred times.
        gain = 0.3 if re.search(r"se_(reduce|expand)$", layer.name) else 1.0
        return rng.standard_normal(shape, "float32") * np.float32(gain * np.sqrt(2 / fan_in))
    if isinstance(layer, keras.layers.Normalization):
        # As of pictures between 0 and 1.
        return {"mean": rng.uniform(0.4, 0.5, shape), "variance": rng.uniform(0.04, 0.06, shape),
                "count": np.asarray(variable)}[variable.name]
    if variable.name == "gamma" and layer.name.endswith("project_bn"):
        # So that a block adds to what comes before it, as in trained networks: where blocks drown it, float32's noise
        # grows from block to block, in the fifty of EfficientNetB7 by four digits.
        return rng.uniform(0.15, 0.45, shape)
    if variable.name in ("gamma", "moving_variance"):
        return rng.uniform(0.5, 1.5, shape)
    return rng.normal(0, 0.3, shape)


def _calibrate(base, model, norms, pixels):
    """Sets every moving statistic to that of the pictures, by one step without memory, and without chance."""
    momenta = [norm.momentum for norm in norms]
    dropouts = [l for l in model.layers if isinstance(l, keras.layers.Dropout)]
    rates = [dropout.rate for dropout in dropouts]
    for norm in norms:
        norm.momentum = 0.0
    for dropout in dropouts:
        dropout.rate = 0.0
    if norms:
        preprocess = getattr(keras.applications, base.module).preprocess_input
        model(preprocess(np.array(pixels, "float32")), training=True)
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
    for dropout, rate in zip(dropouts, rates):
        dropout.rate = rate


def _disturbed(rng, statistics):
    *factors, mean, variance = statistics
    power = np.mean(mean**2 + variance)
    mean = 0.5 * mean + 0.2 * np.sqrt(power) * rng.standard_normal(mean.shape)
    return [*factors, mean, power * rng.uniform(0.5, 1.5, variance.shape)]


def _scale_classifier(base, model, pixels):
    classifier = weighted_layers(model)[-1]
    features = run(base, keras.Model(model.input, classifier.input), pixels)
    kernel, bias = classifier.get_weights()
    logits = features.reshape(len(features), -1) @ kernel.reshape(-1, kernel.shape[-1])
    classifier.set_weights([kernel * (1 / logits.std()), bias])


def scale_features(base, model, pixels):
    """Gives the mean features of a model without top a length of at most 8.

    A head on long ones saturates, and gradient descent on it diverges: a step is stable while the learning
    rate times the squared length stays below 2.
    """
    size = np.linalg.norm(run(base, model, pixels).mean(axis=(1, 2)), axis=1).mean() / 8
    if size > 1:
        for layer in _last_summands(model):
            first, second, *rest = layer.get_weights()
            layer.set_weights([first / size, second / size, *rest])


def _last_summands(model):
    """The last layer with weights; in a ResNet all that add up to the output of the last stage."""
    stage = [l for l in model.layers if re.fullmatch(r"conv5_block\d_[03]_bn", l.name)]
    return stage or weighted_layers(model)[-1:]

"""Keras' functional models as PyTorch modules: NCHW, BatchNorm folded, padding given to the convolutions.

PyTorch's own exporters then make the files of ONNX Runtime, OpenVINO and ncnn, so that all compute the same.
"""

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Translated(nn.Module):
    """Steps in the order in which they run: (module, the numbers of its inputs, the number of its output)."""

    def __init__(self, model):
        super().__init__()
        translation = Translation(model)
        self.plan = translation.plan
        self.steps = nn.ModuleList(translation.modules)
        self.output = translation.number(model.outputs[0])

    def forward(self, x):
        values = {0: x}
        for step, (inputs, output) in zip(self.steps, self.plan):
            values[output] = step(*(values[i] for i in inputs))
        return values[self.output]


class Translation:
    def __init__(self, model):
        self.numbers = {id(model.inputs[0]): 0}
        self.modules, self.plan = [], []
        for operation in model.operations[1:]:
            getattr(self, type(operation).__name__)(operation)

    def number(self, value):
        """The number of a tensor, or of a layer's hidden value."""
        return self.numbers.setdefault(id(value), len(self.numbers))

    def append(self, operation, module, inputs=None):
        inputs = inputs or [self.number(t) for t in operation._inbound_nodes[0].input_tensors]
        self.modules.append(module.eval())
        self.plan.append((inputs, self.number(operation.output)))

    def source(self, operation):
        """The last step, where this operation is the only reader of its result."""
        number = self.number(operation.input)
        return len(self.plan) - 1 if self.plan and self.plan[-1][1] == number else None

    def same(self, operation):
        """The operation changes nothing, or what it does has been put into the step before."""
        self.numbers[id(operation.output)] = self.number(operation.input)

    # Convolutions.

    def ZeroPadding2D(self, layer):
        self.append(layer, nn.ZeroPad2d(_sides(layer.padding)))

    def Conv2D(self, layer):
        kernel = layer.kernel.numpy().transpose(3, 2, 0, 1)
        self._convolution(layer, kernel, groups=layer.groups)

    def DepthwiseConv2D(self, layer):
        kernel = layer.kernel.numpy().transpose(2, 3, 0, 1)
        self._convolution(layer, kernel, groups=kernel.shape[0])

    def _convolution(self, layer, kernel, groups):
        padding, inputs = self._padding(layer)
        filters = kernel.shape[0]
        convolution = nn.Conv2d(
            kernel.shape[1] * groups, filters, kernel.shape[2:], layer.strides, padding, groups=groups,
            bias=layer.use_bias)
        convolution.weight.data = torch.from_numpy(np.ascontiguousarray(kernel))
        if layer.use_bias:
            convolution.bias.data = torch.from_numpy(layer.bias.numpy().copy())
        self.append(layer, convolution, inputs)
        self._activation(layer)

    def _padding(self, layer):
        """The convolution's own padding, and its input. PyTorch's can only pad both sides alike; other padding is
        a step before it."""
        if layer.padding == "same":
            (top, bottom), (left, right) = (_same(size, kernel, stride) for size, kernel, stride in zip(
                layer.input.shape[1:3], layer.kernel_size, layer.strides))
            if (top, left) == (bottom, right):
                return (top, left), None
            inputs, padded = [self.number(layer.input)], self.number(layer)
            self.modules.append(nn.ZeroPad2d((left, right, top, bottom)))
            self.plan.append((inputs, padded))
            return 0, [padded]
        source = self.source(layer)
        if source is not None and isinstance(self.modules[source], nn.ZeroPad2d):
            left, right, top, bottom = self.modules[source].padding
            if (top, left) == (bottom, right):
                self.modules.pop()
                return (top, left), self.plan.pop()[0]
        return 0, None

    def BatchNormalization(self, layer):
        norm = nn.BatchNorm2d(layer.gamma.shape[0], eps=layer.epsilon)
        for target, source in (
                (norm.weight.data, layer.gamma), (norm.bias.data, layer.beta),
                (norm.running_mean, layer.moving_mean), (norm.running_var, layer.moving_variance)):
            target.copy_(torch.from_numpy(source.numpy().copy()))
        source = self.source(layer)
        if source is None or not isinstance(self.modules[source], nn.Conv2d):
            return self.append(layer, norm.eval())
        self.modules[source] = fuse_conv_bn_eval(self.modules[source], norm.eval())
        self.same(layer)

    # Activations.

    def _activation(self, layer):
        if layer.activation.__name__ == "linear":
            return
        # The convolution has made the value that the activation now replaces.
        inputs, output = self.plan[-1]
        hidden = self.number(layer)
        self.plan[-1] = (inputs, hidden)
        self.modules.append(ACTIVATIONS[layer.activation.__name__]())
        self.plan.append(([hidden], output))

    def Activation(self, layer):
        self.append(layer, ACTIVATIONS[layer.activation.__name__]())

    def ReLU(self, layer):
        self.append(layer, nn.ReLU6() if layer.max_value == 6 else nn.ReLU())

    # Keras writes the hard sigmoid as relu6(x + 3) / 6; here its three steps become one.

    def Add(self, operation):
        if len(operation._inbound_nodes[0].input_tensors) == 2:
            return self.append(operation, Sum())
        self.append(operation, Shift(_scalar(operation)))

    def Multiply(self, operation):
        if len(operation._inbound_nodes[0].input_tensors) == 2:
            return self.append(operation, Product())
        shift, limit = self.modules[-2:]
        if not (isinstance(shift, Shift) and shift.by == 3 and isinstance(limit, nn.ReLU6)):
            raise ValueError(f"{operation.name} scales by itself")
        inputs, _ = self.plan[-2]
        del self.modules[-2:], self.plan[-2:]
        self.modules.append(nn.Hardsigmoid())
        self.plan.append((inputs, self.number(operation.output)))

    # Others.

    def Rescaling(self, layer):
        self.append(layer, Affine(layer.scale, layer.offset))

    def MaxPooling2D(self, layer):
        self.append(layer, nn.MaxPool2d(layer.pool_size, layer.strides))

    def GlobalAveragePooling2D(self, layer):
        self.append(layer, nn.AdaptiveAvgPool2d(1))


class Sum(nn.Module):
    def forward(self, a, b):
        return a + b


class Product(nn.Module):
    def forward(self, a, b):
        return a * b


class Shift(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return x + self.by


class Affine(nn.Module):
    def __init__(self, scale, offset):
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, x):
        return x * self.scale + self.offset


ACTIVATIONS = {"relu": nn.ReLU, "hard_silu": nn.Hardswish, "hard_swish": nn.Hardswish}


def _scalar(operation):
    arguments = operation._inbound_nodes[0].arguments.args
    return next(float(a) for a in arguments if isinstance(a, (int, float)))


def _same(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _sides(padding):
    (top, bottom), (left, right) = padding
    return (left, right, top, bottom)

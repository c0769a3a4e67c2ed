"""Keras' functional models as PyTorch modules: NCHW, BatchNorm folded, padding given to the convolutions.

PyTorch's own exporters then make the files of ONNX Runtime, OpenVINO and ncnn, so that all compute the same. Keras is
imported where a model is translated only: its TensorFlow and PyTorch's compiler cannot be loaded into one process.
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
        self.model = model
        self.numbers = {id(model.inputs[0]): 0}
        self.modules, self.plan = [], []
        for operation in _needed(model):
            getattr(self, type(operation).__name__)(operation)

    def number(self, value):
        """The number of a tensor, or of a layer's hidden value, by the layer and what it is."""
        key = value if isinstance(value, tuple) else id(value)
        return self.numbers.setdefault(key, len(self.numbers))

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

    def Sequential(self, model):
        """The steps of a model that is a layer."""
        node, inner = model._inbound_nodes[0], model._functional
        self.numbers[id(inner.inputs[0])] = self.number(node.input_tensors[0])
        for operation in _needed(inner):
            getattr(self, type(operation).__name__)(operation)
        self.numbers[id(node.output_tensors[0])] = self.number(inner.outputs[0])

    # Convolutions.

    def ZeroPadding2D(self, layer):
        self.append(layer, nn.ZeroPad2d(_sides(layer.padding)))

    def Cropping2D(self, layer):
        (top, bottom), (left, right) = layer.cropping
        self.append(layer, nn.ZeroPad2d((-left, -right, -top, -bottom)))

    def UpSampling2D(self, layer):
        self.append(layer, nn.Upsample(scale_factor=layer.size, mode=layer.interpolation))

    def Conv2D(self, layer):
        kernel = layer.kernel.numpy().transpose(3, 2, 0, 1)
        self._convolution(layer, kernel, groups=layer.groups)

    def DepthwiseConv2D(self, layer):
        kernel = layer.kernel.numpy().transpose(2, 3, 0, 1)
        self._convolution(layer, kernel, groups=kernel.shape[0])

    def SeparableConv2D(self, layer):
        """A depthwise convolution, which has the padding, and a pointwise one."""
        depthwise = layer.depthwise_kernel.numpy().transpose(2, 3, 0, 1)
        padding, inputs = self._padding(layer)
        groups, _, *size = depthwise.shape
        first = nn.Conv2d(groups, groups, size, layer.strides, padding, groups=groups, bias=False)
        first.weight.data = torch.from_numpy(np.ascontiguousarray(depthwise))
        hidden = self.number((layer, "depthwise"))
        self.modules.append(first.eval())
        self.plan.append((inputs or [self.number(layer.input)], hidden))
        pointwise = layer.pointwise_kernel.numpy().transpose(3, 2, 0, 1)
        second = nn.Conv2d(groups, pointwise.shape[0], 1, bias=layer.use_bias)
        second.weight.data = torch.from_numpy(np.ascontiguousarray(pointwise))
        if layer.use_bias:
            second.bias.data = torch.from_numpy(layer.bias.numpy().copy())
        self.append(layer, second, [hidden])
        self._activation(layer)

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
            inputs, padded = [self.number(layer.input)], self.number((layer, "padded"))
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
        norm = nn.BatchNorm2d(layer.moving_mean.shape[0], eps=layer.epsilon)
        for target, source in (
                (norm.weight.data, layer.gamma), (norm.bias.data, layer.beta),
                (norm.running_mean, layer.moving_mean), (norm.running_var, layer.moving_variance)):
            if source is not None:
                target.copy_(torch.from_numpy(source.numpy().copy()))
        source = self.source(layer)
        if source is None or not isinstance(self.modules[source], nn.Conv2d):
            return self.append(layer, norm.eval())
        self.modules[source] = fuse_conv_bn_eval(self.modules[source], norm.eval())
        self.same(layer)

    def LayerNormalization(self, layer):
        norm = nn.LayerNorm(layer.gamma.shape[0], eps=layer.epsilon)
        norm.weight.data.copy_(torch.from_numpy(layer.gamma.numpy().copy()))
        norm.bias.data.copy_(torch.from_numpy(layer.beta.numpy().copy()))
        self.append(layer, OverChannels(norm) if len(layer.input.shape) == 4 else norm)

    def Dense(self, layer):
        kernel = layer.kernel.numpy().T
        isPicture = len(layer.input.shape) == 4
        dense = nn.Conv2d(*kernel.shape[::-1], 1) if isPicture else nn.Linear(*kernel.shape[::-1])
        dense.weight.data = torch.from_numpy(kernel.reshape(dense.weight.shape).copy())
        dense.bias.data = torch.from_numpy(layer.bias.numpy().copy())
        self.append(layer, dense)
        self._activation(layer)

    def MultiHeadAttention(self, layer):
        query, key = (self.number(t) for t in layer._inbound_nodes[0].input_tensors[:2])
        if query != key:
            raise ValueError(f"{layer.name} is no attention of a sequence to itself")
        self.append(layer, Attention(layer), [query])

    def Embedding(self, layer):
        """Of what does not depend on the picture."""
        import keras
        picture = np.zeros([1, *self.model.input_shape[1:]], "float32")
        values = keras.Model(self.model.input, layer.output)(picture).numpy()
        self.append(layer, Constant(torch.from_numpy(values.copy())), [0])

    # Activations.

    def _activation(self, layer):
        if layer.activation.__name__ == "linear":
            return
        # The convolution has made the value that the activation now replaces.
        inputs, output = self.plan[-1]
        hidden = self.number((layer, "before activation"))
        self.plan[-1] = (inputs, hidden)
        self.modules.append(_activation(layer))
        self.plan.append(([hidden], output))

    def Activation(self, layer):
        if layer.activation.__name__ == "linear":
            return self.same(layer)
        self.append(layer, _activation(layer))

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
        self.append(layer, Affine(_channels(layer.scale), _channels(layer.offset)))

    def Normalization(self, layer):
        deviation = np.maximum(np.sqrt(np.asarray(layer.variance)), 1e-7)
        self.append(layer, Affine(_channels(1 / deviation), _channels(-np.asarray(layer.mean) / deviation)))

    def LayerScale(self, layer):
        self.append(layer, Affine(_channels(layer.gamma.numpy()), 0.0))

    def MaxPooling2D(self, layer):
        padding, is_ceil = _pool_padding(layer)
        self.append(layer, nn.MaxPool2d(layer.pool_size, layer.strides, padding, ceil_mode=is_ceil))

    def AveragePooling2D(self, layer):
        padding, is_ceil = _pool_padding(layer)
        self.append(layer, nn.AvgPool2d(layer.pool_size, layer.strides, padding, is_ceil, count_include_pad=False))

    def GlobalAveragePooling2D(self, layer):
        pool = nn.AdaptiveAvgPool2d(1)
        self.append(layer, pool if layer.keepdims else nn.Sequential(pool, nn.Flatten()))

    def Concatenate(self, layer):
        self.append(layer, Joined())

    def Flatten(self, layer):
        self.append(layer, Shaped(layer.input.shape, layer.output.shape))

    def Reshape(self, layer):
        self.append(layer, Shaped(layer.input.shape, layer.output.shape))

    def Dropout(self, layer):
        self.same(layer)

    def StochasticDepth(self, layer):
        self.same(layer)


class Sum(nn.Module):
    def forward(self, a, b):
        return a + b


class Product(nn.Module):
    def forward(self, a, b):
        return a * b


class Joined(nn.Module):
    def forward(self, *parts):
        return torch.cat(parts, 1 if parts[0].dim() == 4 else -1)


class Shaped(nn.Module):
    """Keras' order of elements: channels last."""

    def __init__(self, before, after):
        super().__init__()
        self.before, self.after = tuple(before), tuple(after)

    def forward(self, x):
        if len(self.before) == 4 and self.before[1:3] != (1, 1):
            x = x.permute(0, 2, 3, 1)
        if len(self.after) != 4:
            return x.reshape(x.shape[0], *self.after[1:])
        height, width, channels = self.after[1:]
        if (height, width) == (1, 1):
            return x.reshape(x.shape[0], channels, 1, 1)
        return x.reshape(x.shape[0], height, width, channels).permute(0, 3, 1, 2)


class OverChannels(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Attention(nn.Module):
    """Of a sequence to itself: the three projections as one."""

    def __init__(self, layer):
        super().__init__()
        self.heads, self.size = layer.num_heads, layer.key_dim
        parts = [layer.query_dense, layer.key_dense, layer.value_dense]
        kernels = [part.kernel.numpy().reshape(part.kernel.shape[0], -1).T for part in parts]
        self.inputs = _linear(np.concatenate(kernels), np.concatenate([p.bias.numpy().ravel() for p in parts]))
        kernel = layer.output_dense.kernel.numpy()
        self.outputs = _linear(kernel.reshape(-1, kernel.shape[-1]).T, layer.output_dense.bias.numpy())

    def forward(self, x):
        batch, length, _ = x.shape
        query, key, value = self.inputs(x).reshape(batch, length, 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(query, key, value)
        return self.outputs(mixed.transpose(1, 2).reshape(batch, length, self.heads * self.size))


class Constant(nn.Module):
    def __init__(self, values):
        super().__init__()
        self.register_buffer("values", values)

    def forward(self, x):
        return self.values


class Shift(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return x + self.by


class Affine(nn.Module):
    """Numbers, or tensors of a value a channel."""

    def __init__(self, scale, offset):
        super().__init__()
        for name, value in (("scale", scale), ("offset", offset)):
            if isinstance(value, torch.Tensor):
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)

    def forward(self, x):
        return x * self.scale + self.offset


ACTIVATIONS = {
    "relu": nn.ReLU, "hard_silu": nn.Hardswish, "hard_swish": nn.Hardswish, "silu": nn.SiLU, "swish": nn.SiLU,
    "gelu": nn.GELU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def _activation(layer):
    name = layer.activation.__name__
    return nn.Softmax(1 if len(layer.output.shape) == 4 else -1) if name == "softmax" else ACTIVATIONS[name]()


def _linear(kernel, bias):
    linear = nn.Linear(*kernel.shape[::-1])
    linear.weight.data, linear.bias.data = (torch.from_numpy(np.ascontiguousarray(v)) for v in (kernel, bias))
    return linear


def _channels(value):
    """A number, or one for each channel of NCHW."""
    values = np.asarray(value, "float32")
    return float(values) if values.ndim == 0 else torch.from_numpy(values.reshape(1, -1, 1, 1).copy())


def _pool_padding(layer):
    """PyTorch's padding, and whether its sizes are rounded up: a window that begins inside reaches over the end."""
    if layer.padding == "valid":
        return 0, False
    sides = [_same(size, pool, stride) for size, pool, stride in zip(
        layer.input.shape[1:3], layer.pool_size, layer.strides)]
    if all(before == after for before, after in sides):
        return tuple(before for before, _ in sides), False
    if any(before for before, _ in sides):
        raise ValueError(f"{layer.name} pads {sides}")
    return 0, True


def _needed(model):
    """All operations but those that only count positions for an Embedding."""
    needed, found = {id(tensor) for tensor in model.outputs}, []
    for operation in reversed(model.operations[1:]):
        if any(id(tensor) in needed for tensor in operation._inbound_nodes[0].output_tensors):
            found.append(operation)
            if type(operation).__name__ != "Embedding":
                needed |= {id(tensor) for tensor in operation._inbound_nodes[0].input_tensors}
    return found[::-1]


def _scalar(operation):
    arguments = operation._inbound_nodes[0].arguments.args
    return next(float(a) for a in arguments if isinstance(a, (int, float)))


def _same(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _sides(padding):
    (top, bottom), (left, right) = padding
    return (left, right, top, bottom)

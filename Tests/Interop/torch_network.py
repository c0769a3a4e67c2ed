"""Writes a network of torchvision as PyTorch exports it, and what PyTorch computes; without arguments, prints the
exporters that are there.

A program of its own: PyTorch and TensorFlow do not bear one another in one process, and it is often not installed where
Keras is. Runs with PyTorch 1.13 and later."""

import argparse
import importlib.util
import inspect
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision

NEWER = "dynamo" in inspect.signature(torch.onnx.export).parameters
EXPORTERS = {**({"dynamo": True} if NEWER and importlib.util.find_spec("onnxscript") else {}), "torchscript": False}
# The last that PyTorch 1.13 writes, and the first of the newer exporter.
OPSETS = {"torchscript": 17, "dynamo": 18}


def main():
    if len(sys.argv) == 1:
        print(*EXPORTERS)
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("exporter", choices=EXPORTERS)
    parser.add_argument("folder", type=Path, help="with pixels.npy; network.onnx, expected.npy and exact.npy, "
                        "which is computed in float64, go there")
    options = parser.parse_args()
    pixels = torch.from_numpy(np.load(options.folder / "pixels.npy").transpose(0, 3, 1, 2).copy())
    network = made(options.network, pixels)
    export(network, pixels, options.folder / "network.onnx", options.exporter)
    with torch.no_grad():
        np.save(options.folder / "expected.npy", network(pixels).numpy())
        np.save(options.folder / "exact.npy", network.double()(pixels.double()).numpy())


def made(name, pixels):
    """Random weights, and statistics of the pictures, so that no layer is dead."""
    torch.manual_seed(0)
    # Two of them take minutes to initialize otherwise.
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    network = getattr(torchvision.models, name)(weights=None, **options)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    with torch.no_grad():
        network.train()(pixels)
    return network.eval()


def export(network, pixels, file, exporter):
    options = {"dynamo": EXPORTERS[exporter]} if NEWER else {}
    if exporter == "dynamo":
        options["dynamic_shapes"] = ({0: torch.export.Dim("batch")},)
    else:
        options["dynamic_axes"] = {"x": {0: "batch"}}
    torch.onnx.export(network, (pixels,), str(file), input_names=["x"], opset_version=OPSETS[exporter], verbose=False,
                      **options)


if __name__ == "__main__":
    main()

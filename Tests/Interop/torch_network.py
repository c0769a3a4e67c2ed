"""Writes a network of torchvision as PyTorch exports it, and what PyTorch computes.

A program of its own: PyTorch and TensorFlow do not bear one another in one process."""

import argparse
from pathlib import Path

import numpy as np
import torch
import torchvision

EXPORTERS = {"dynamo": True, "torchscript": False}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("exporter", choices=EXPORTERS)
    parser.add_argument("folder", type=Path, help="with pixels.npy; network.onnx, expected.npy and exact.npy, "
                        "which is computed in float64, go there")
    options = parser.parse_args()
    pixels = torch.from_numpy(np.load(options.folder / "pixels.npy").transpose(0, 3, 1, 2).copy())
    network = made(options.network, pixels)
    export(network, pixels, options.folder / "network.onnx", EXPORTERS[options.exporter])
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


def export(network, pixels, file, dynamo):
    batch = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if dynamo else {"dynamic_axes": {"x": {0: "batch"}}}
    torch.onnx.export(network, (pixels,), file, input_names=["x"], opset_version=18, dynamo=dynamo, verbose=False,
                      **batch)


if __name__ == "__main__":
    main()

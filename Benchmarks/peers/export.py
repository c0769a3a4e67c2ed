"""The module that make.py wrote, as ONNX Runtime, OpenVINO and ncnn read it: export.py FOLDER

A process of its own: PyTorch's compiler and TensorFlow cannot be loaded into one.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pnnx
import torch

BATCHES = (1, 16)


def main(folder):
    os.chdir(folder)
    module = torch.load("network.pt", weights_only=False)
    pixels = torch.from_numpy(np.load("prepared.npy").transpose(0, 3, 1, 2).copy())
    for batch in BATCHES:
        torch.onnx.export(module, (pixels[:batch],), f"network-{batch}.onnx", verbose=False)
    pnnx.export(module, "ncnn.pt", (pixels[:1],), fp16=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

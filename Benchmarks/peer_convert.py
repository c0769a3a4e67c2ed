"""What a Python user does instead of `zoo convert`: peer_convert.py IN.h5 OUT.safetensors"""

import sys

import h5py
from safetensors.numpy import save_file


def tensors(file):
    for layer in file.attrs["layer_names"]:
        for weight in file[layer].attrs["weight_names"]:
            yield f"{layer}/{weight}", file[layer][weight][()]


if __name__ == "__main__":
    source, output = sys.argv[1:]
    with h5py.File(source) as file:
        save_file(dict(tensors(file)), output)

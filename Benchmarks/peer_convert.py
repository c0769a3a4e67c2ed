"""What a Python user does instead of `zoo convert`: peer_convert.py IN.h5 OUT.safetensors [--safe]

With --safe it does what `zoo convert` does besides: hashes the source and every tensor, checks for NaN, and
flushes the file to the disk.
"""

import hashlib
import os
import sys

import h5py
import numpy
from safetensors.numpy import save_file


def tensors(file):
    for layer in file.attrs["layer_names"]:
        for weight in file[layer].attrs["weight_names"]:
            yield f"{layer}/{weight}", file[layer][weight][()]


def check(source, arrays):
    with open(source, "rb") as file:
        hashlib.file_digest(file, "sha256")
    for array in arrays.values():
        hashlib.sha256(array)
        numpy.isfinite(array).all()


def flush(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


if __name__ == "__main__":
    source, output = sys.argv[1:3]
    safe = "--safe" in sys.argv
    with h5py.File(source) as file:
        arrays = dict(tensors(file))
    if safe:
        check(source, arrays)
    save_file(arrays, output)
    if safe:
        flush(output)

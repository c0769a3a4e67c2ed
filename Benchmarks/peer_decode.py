"""Decoding and resizing with Pillow, on one thread: peer_decode.py LIST COUNT MODE

LIST names a picture a line. MODE: bilinear (with antialias, Pillow has no other), nearest, or draft: bilinear after
JPEG's scaled decoding. Prints seconds a picture without the start of Python.
"""

import sys
import time

import numpy as np
from PIL import Image

SIZE = (224, 224)


def load(path, mode):
    with Image.open(path) as picture:
        if mode == "draft":
            picture.draft("RGB", SIZE)
        filter = Image.Resampling.NEAREST if mode == "nearest" else Image.Resampling.BILINEAR
        return np.asarray(picture.convert("RGB").resize(SIZE, filter), "float32")


if __name__ == "__main__":
    names, count, mode = sys.argv[1:]
    paths = open(names).read().splitlines()[:int(count)]
    start = time.perf_counter()
    for path in paths:
        load(path, mode)
    print((time.perf_counter() - start) / len(paths))

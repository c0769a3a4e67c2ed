"""Writes random weights of a base in the layout of the published files: make_weights.py VGG16 OUT.h5"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tf_keras  # noqa: E402

if __name__ == "__main__":
    constructor, output = sys.argv[1:]
    getattr(tf_keras.applications, constructor)(weights=None).save_weights(output)

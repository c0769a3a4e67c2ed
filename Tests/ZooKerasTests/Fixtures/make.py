"""Writes the fixtures beside this file: python make.py (needs h5py and numpy).

Each is a Keras 2 weights file with one layer, whose kernel cannot be read, or must not be.
"""

import os

import h5py
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
values = np.ones((3, 3, 3, 8), "float32")


def hostile(name, add):
    with h5py.File(name, "w") as f:
        f.attrs["layer_names"] = [b"conv1"]
        group = f.create_group("conv1")
        group.attrs["weight_names"] = [b"conv1/kernel:0"]
        add(group.create_group("conv1"), "kernel:0", f)


def soft(group, name, f):
    f["elsewhere"] = values
    group[name] = h5py.SoftLink("/elsewhere")


def external(group, name, f):
    group[name] = h5py.ExternalLink("/etc/passwd", "/kernel")


def storage(group, name, f):
    group.create_dataset(name, values.shape, "f4", external=[("/etc/passwd", 0, values.nbytes)])


def unknown_filter(group, name, f):
    group.create_dataset(name, data=values, compression="lzf")


def huge(group, name, f):
    group.create_dataset(name, (1 << 38,), "f4", chunks=(1 << 20,))


hostile("soft.h5", soft)
hostile("external.h5", external)
hostile("storage.h5", storage)
hostile("filter.h5", unknown_filter)
hostile("huge.h5", huge)

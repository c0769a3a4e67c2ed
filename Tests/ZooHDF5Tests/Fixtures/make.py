"""Writes the fixtures beside this file: python make.py (needs h5py and numpy)."""

import os
import struct

import h5py
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
values = np.arange(24, dtype="float32").reshape(4, 6) / 4


def new(name, **options):
    return h5py.File(name, "w", **options)


def text(length, padding, cset=h5py.h5t.CSET_ASCII):
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(length)
    kind.set_strpad(padding)
    kind.set_cset(cset)
    return kind


def raw_attribute(group, name, kind, data):
    space = h5py.h5s.create(h5py.h5s.SCALAR)
    h5py.h5a.create(group.id, name.encode(), kind, space).write(np.array(data), mtype=kind)


# The layout of Keras 2's weights, down to the empty list of a layer without weights.
with new("keras.h5") as f:
    f.attrs["layer_names"] = [b"conv1", b"relu", b"fc"]
    f.attrs["backend"] = b"tensorflow"
    f.attrs["keras_version"] = b"2.4.0"
    for layer, weights in {"conv1": ["kernel:0", "bias:0"], "relu": [], "fc": ["kernel:0"]}.items():
        g = f.create_group(layer)
        g.attrs["weight_names"] = [f"{layer}/{w}".encode() for w in weights]
        for i, w in enumerate(weights):
            g.create_dataset(f"{layer}/{w}", data=values + i)

with new("attributes.h5") as f:
    f.attrs["fixed"] = np.array([b"a", b"bcd"])
    f.attrs["variable"] = ["x", "größe"]
    f.attrs["scalar bytes"] = b"tensorflow"
    f.attrs["scalar text"] = "déjà vu"
    f.attrs["empty text"] = ""
    f.attrs["empty"] = np.zeros(0)
    f.attrs["null"] = h5py.Empty("f4")
    f.attrs["matrix"] = np.arange(6).reshape(2, 3)
    f.attrs["int8"] = np.int8(-3)
    f.attrs["uint64"] = np.uint64(1 << 40)
    f.attrs["huge"] = np.uint64(2**64 - 1)
    f.attrs["half"] = np.float16(0.5)
    f.attrs["big endian"] = np.array([1.5, -2], dtype=">f8")
    f.attrs["bool"] = True
    f.attrs["opaque"] = np.void(b"\x01\x02\x03")
    f.attrs["broken"] = np.bytes_(b"a\xff\xfeb")
    raw_attribute(f, "padded with spaces", text(6, h5py.h5t.STR_SPACEPAD), b"abc   ")
    raw_attribute(f, "terminated", text(6, h5py.h5t.STR_NULLTERM), b"ab\0cd\0")
    raw_attribute(f, "utf8", text(6, h5py.h5t.STR_NULLPAD, h5py.h5t.CSET_UTF8), b"gr\xc3\xb6\0\0")

with new("types.h5") as f:
    for kind in "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64".split():
        small = np.array([0, 1, 2, 100]).astype(kind)
        f[f"little {kind}"] = small
        f[f"big {kind}"] = small.astype(small.dtype.newbyteorder(">"))
    f["bool"] = np.array([True, False, True])
    f["bfloat16"] = np.array([0x3F80, 0xC000], dtype="<u2").view("V2")
    brain = h5py.h5t.IEEE_F32LE.copy()
    brain.set_fields(15, 7, 8, 0, 7)
    brain.set_size(2)
    h5py.h5d.create(f.id, b"bfloat16 as float", brain, h5py.h5s.create_simple((2,))).write(
        h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, -2], dtype="float32"), mtype=h5py.h5t.NATIVE_FLOAT
    )
    f["scalar"] = np.float32(7)
    f["empty"] = np.zeros((3, 0), dtype="float32")
    f["text"] = np.array([b"ant", b"beetle"])
    f["compound"] = np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])
    f["any length"] = ["a", "bc"]
    f["null"] = h5py.Empty("f4")

with new("storage.h5") as f:
    f["contiguous"] = values
    f.create_dataset("chunked", data=values, chunks=(3, 4))
    f.create_dataset("gzip", data=values, chunks=(3, 4), compression="gzip")
    f.create_dataset("gzip shuffle", data=values, chunks=(2, 6), compression="gzip", shuffle=True)
    f.create_dataset("fletcher32", data=values, chunks=(4, 6), fletcher32=True)
    f.create_dataset("big endian gzip", data=values.astype(">f4"), chunks=(4, 6), compression="gzip")
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4, 6)), plist).write(
        h5py.h5s.ALL, h5py.h5s.ALL, values
    )
    # 2 MB of zeros: more than one piece, whose borders are not those of the chunks.
    f.create_dataset("large", data=np.zeros((300, 1747), "float32"), chunks=(300, 1747), compression="gzip")

# One checksum that does not fit.
with new("fletcher32.h5") as f:
    f.create_dataset("x", data=values, chunks=(4, 6), fletcher32=True)
with open("fletcher32.h5", "r+b") as f:
    offset = f.read().index(values.tobytes())
    f.seek(offset + 5)
    f.write(b"\x01")

with new("links.h5") as f:
    f["real"] = values
    f["soft"] = h5py.SoftLink("/real")
    f["dangling"] = h5py.SoftLink("/none")
    f["external"] = h5py.ExternalLink("keras.h5", "/fc/fc/kernel:0")
    f["type"] = np.dtype("float32")
    f["second name"] = f["real"]
    g = f.create_group("loop/inner")
    g["up"] = f["loop"]
    g["root"] = f["/"]

with new("foreign.h5", libver="latest") as f:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_external(b"/etc/hostname", 0, 96)
    h5py.h5d.create(f.id, b"external storage", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4, 6)), plist)
    f.create_dataset("lzf", data=values, chunks=(4, 6), compression="lzf")
    f.create_dataset("scaled", data=values.astype("i4"), chunks=(4, 6), scaleoffset=0)

with new("virtual.h5", libver=("v110", "v110")) as f:
    layout = h5py.VirtualLayout((4, 6), "float32")
    layout[:] = h5py.VirtualSource("storage.h5", "contiguous", (4, 6))
    f.create_virtual_dataset("virtual", layout)

with new("claims.h5") as f:
    f.create_dataset("chunked", (1 << 20, 1 << 18), "float32", chunks=(256, 256), compression="gzip")
    f["chunked"][0, 0] = 1
    f.create_dataset("contiguous", (1 << 20, 1 << 18), "float32")
    f.create_dataset("overflow", (1 << 40, 1 << 40), "float32", chunks=(16, 16))

# Names in creation order, with other alphabets; the newest layout of groups.
with new("order.h5", libver="latest", track_order=True) as f:
    f.attrs["z"] = 1
    f.attrs["a"] = 2
    for name in ["zwei", "größe", "層_1", "eins"]:
        f.create_group(name, track_order=True)

with new("userblock.h5", userblock_size=1024) as f:
    f["x"] = values

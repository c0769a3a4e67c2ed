"""Writes the files beside this script with NumPy, zipfile and safetensors; ZooArrays must read them.

Made with numpy 2.4, safetensors 0.8. Run it again only to add files.
"""
import json
import pathlib
import zipfile

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent

for name in ["float16", "float32", "float64", "int8", "int16", "int32", "int64",
             "uint8", "uint16", "uint32", "uint64", "bool"]:
    np.save(here / f"{name}.npy", (np.arange(6) % 2 if name == "bool" else np.arange(6)).reshape(3, 2).astype(name))

values = np.arange(6, dtype="float32").reshape(3, 2)
np.save(here / "scalar.npy", np.float32(1.5))
np.save(here / "empty.npy", np.zeros((0, 2048), "float32"))
np.save(here / "text.npy", np.array(["a/b.jpg", "größe", "", "🐕"]))
for version in (1, 2, 3):
    with open(here / f"version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, values, version=(version, 0))

np.save(here / "refused-bigendian.npy", values.astype(">f4"))
np.save(here / "refused-fortran.npy", np.asfortranarray(values))
np.save(here / "refused-objects.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
np.save(here / "refused-table.npy", np.zeros(2, [("x", "<f4"), ("y", "<i8")]))
np.save(here / "refused-complex.npy", values.astype("complex64"))
np.save(here / "refused-bytes.npy", np.array([b"ab", b"c"]))

arrays = dict(features=values, labels=np.array([0, 1, 1]), paths=np.array(["a.jpg", "b/ä.jpg", "c.jpg"]))
np.savez(here / "stored.npz", **arrays)
np.savez_compressed(here / "deflated.npz", **arrays, zeros=np.zeros((64, 1024), "float32"))

with zipfile.ZipFile(here / "model.keras", "w") as archive:
    archive.writestr("metadata.json", json.dumps({"keras_version": "3.0.0"}))
    archive.writestr("config.json", json.dumps({"class_name": "Functional"}))
    archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(range(100)))

save_file(
    {"b": values, "a/kernel:0": np.arange(4, dtype="float16").reshape(2, 2), "scalar": np.array(7, "int64"),
     "empty": np.zeros((0, 3), "float32"), "flags": np.array([True, False]), "größe\n\"🐕\"": np.arange(3, dtype="uint8")},
    here / "mixed.safetensors", metadata={"format": "np", "note": "ä \"quoted\"\n"})
save_file({"x": np.array([1, -2.5, 0], ml_dtypes.bfloat16)}, here / "bfloat16.safetensors")

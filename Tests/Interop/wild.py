"""Public models with no base of ours in them: taken whole, with the outputs that real Keras gave."""

import json
import tempfile
from pathlib import Path

import numpy as np

from report import relative_error

LIMIT = 1e-5


def check(report, zoo, shared):
    folder = shared / "models"
    for reference in sorted(folder.glob("*.reference.npz")):
        file = folder / reference.name.removesuffix(".reference.npz")
        if report.wants(f"wild/{file.name}"):
            with report.check(f"wild/{file.name}") as result:
                _compare(result, zoo, file, np.load(reference))
    if not folder.is_dir() and report.wants("wild/models"):
        with report.check("wild/models") as result:
            result.skipped = "there is no folder with public models"


def _compare(result, zoo, file, arrays):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        np.save(folder / "x.npy", arrays["x0"])
        model = zoo.convert(file, folder / "model.zoo")
        layer = json.loads(zoo.run("info", model, "--layers", "--json"))["summary"][-1]["name"]
        actual = zoo.extract(model, folder / "x.npy", output=folder / "y.npy", layer=layer, pooling="none")
        result.within("error", relative_error(actual, arrays["y0"]), LIMIT)
        result.equal("arg-max", actual.argmax(-1).tolist(), arrays["y0"].argmax(-1).tolist())

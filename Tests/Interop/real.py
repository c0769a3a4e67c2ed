"""The real ImageNet weights and photographs: what Keras computed from them, and what they are good for."""

import json
import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from report import relative_error

WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5"
BASE = "mobilenetv2_0.35_224"
FLOAT64_LIMIT = 5e-6
LIMIT = 1e-5
ACCURACY = 0.89


def check(report, zoo, shared):
    checks = {
        "real/identified": _identified,
        "real/pixels-to-float64": _pixels_to_float64,
        "real/pixels-nearest": _pixels_nearest,
        "real/photographs-bilinear": _photographs("bilinear"),
        "real/photographs-nearest": _photographs("nearest"),
        "real/ants-and-bees": _ants_and_bees,
    }
    for name, compare in checks.items():
        if not report.wants(name):
            continue
        with report.check(name) as check, tempfile.TemporaryDirectory() as folder:
            if (shared / WEIGHTS).exists():
                compare(check, zoo, shared, Path(folder))
            else:
                check.skipped = "the folder with real weights is not there (--shared)"


def _identified(check, zoo, shared, folder):
    """By its tensors: under another name, which tells nothing."""
    file = folder / "weights.h5"
    file.symlink_to((shared / WEIGHTS).resolve())
    identity = zoo.identify(file)
    check.note("base", identity["base"])
    check.equal("base", identity["base"], BASE)
    check.equal("includeTop", identity["includeTop"], False)


def _pixels_to_float64(check, zoo, shared, folder):
    actual = _features(zoo, shared, folder, shared / "goldens" / "pixels_bilinear.npy")
    exact = np.load(shared / "goldens" / "features_bilinear_float64.npy")[: len(actual)]
    check.within("error", relative_error(actual, exact), FLOAT64_LIMIT)


def _pixels_nearest(check, zoo, shared, folder):
    actual = _features(zoo, shared, folder, shared / "goldens" / "pixels_nearest.npy")
    expected = np.load(shared / "goldens" / "features_nearest.npy")[: len(actual)]
    check.within("error", relative_error(actual, expected), LIMIT)


def _photographs(resize):
    def compare(check, zoo, shared, folder):
        files = json.loads((shared / "goldens" / "README.json").read_text())["files"]
        photographs = [shared / "hymenoptera" / file for file in files]
        actual = _features(zoo, shared, folder, *photographs, resize=resize)
        expected = np.load(shared / "goldens" / f"features_{resize}.npy")
        check.within("error", relative_error(actual, expected), LIMIT)
    return compare


def _ants_and_bees(check, zoo, shared, folder):
    """A logistic regression on the features; one training file is a placeholder, as it is in the wild."""
    train, validation = (_labelled(zoo, shared, folder, part) for part in ("train", "val"))
    check.equal("class names", [str(n) for n in train["class_names"]], ["ants", "bees"])
    check.equal("training pictures", len(train["features"]), 245)
    check.equal("validation pictures", len(validation["features"]), 153)
    check.equal("paths", len(validation["paths"]), 153)
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=1, max_iter=1000))
    probe.fit(train["features"], train["labels"])
    check.at_least("accuracy", probe.score(validation["features"], validation["labels"]), ACCURACY)


def _labelled(zoo, shared, folder, part):
    model = zoo.convert(shared / WEIGHTS, folder / "model.zoo")
    return zoo.extract(model, shared / "hymenoptera" / part, output=folder / f"{part}.npz")


def _features(zoo, shared, folder, *inputs, resize=None):
    model = zoo.convert(shared / WEIGHTS, folder / "model.zoo")
    return zoo.extract(model, *inputs, output=folder / "features.npy", resize=resize)

"""Compares the zoo program with real Keras. `make interop` calls it; see --help."""

import argparse
import importlib
import logging
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from program import Zoo  # noqa: E402
from report import Report  # noqa: E402

# In the order of their cost.
SUBJECTS = ["real", "wild", "kills", "images", "roundtrip", "kinds", "architectures", "giveback", "heads",
            "train_parity", "layouts", "bases"]
ROOT = Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data",
                        help="the folder with the real weights and photographs")
    parser.add_argument("--only", default="*", metavar="GLOB",
                        help="run the matching checks: 'bases', 'layouts/vgg16/*'")
    parser.add_argument("--output", type=Path, default=ROOT / ".build" / "interop",
                        help="the folder that the tables go into")
    return parser.parse_args()


def silence():
    """The layouts are old on purpose: Keras' advice to use newer ones would hide the results."""
    warnings.simplefilter("ignore")
    for library in ("absl", "tensorflow"):
        logging.getLogger(library).setLevel(logging.ERROR)


def main():
    options = arguments()
    silence()
    report, zoo = Report(options.only), Zoo(options.zoo)
    try:
        for subject in SUBJECTS:
            importlib.import_module(subject).check(report, zoo, options.shared)
    finally:
        report.write(options.output)
    print(report.summary())
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())

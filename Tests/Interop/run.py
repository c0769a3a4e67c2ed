"""Compares the zoo program with real Keras. `make interop` calls it; see --help."""

import argparse
import concurrent.futures
import importlib
import logging
import multiprocessing
import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from program import Zoo  # noqa: E402
from report import Report  # noqa: E402

# The longest first, so that all workers end at about the same time.
SUBJECTS = ["bases", "onnx_out", "train_parity", "kinds", "kills", "giveback", "layouts", "heads", "architectures",
            "evaluation", "roundtrip", "onnx_in", "images", "real", "wild"]
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


def run(subject, options):
    """One subject's report, from a process that does nothing else meanwhile."""
    silence()
    report = Report(options.only)
    importlib.import_module(subject).check(report, Zoo(options.zoo), options.shared)
    return report


def main():
    options, report = arguments(), Report()
    with tempfile.TemporaryDirectory() as folder:
        # Nothing that this machine remembers, such as which algorithm was the fastest, takes part.
        os.environ.update(XDG_CACHE_HOME=f"{folder}/cache", XDG_DATA_HOME=f"{folder}/data")
        compare(options, report)
    print(report.summary())
    return 0 if report.passed else 1


def compare(options, report):
    # Most of the time one core waits: Keras builds and traces models with one thread.
    workers = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context, max_tasks_per_child=1) as pool:
        parts = [pool.submit(run, subject, options) for subject in SUBJECTS]
        try:
            for part in concurrent.futures.as_completed(parts):
                report.add(part.result())
        finally:
            report.write(options.output)


if __name__ == "__main__":
    sys.exit(main())

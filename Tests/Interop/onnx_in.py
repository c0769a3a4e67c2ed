"""Networks of PyTorch, exported by PyTorch itself: zoo converts them and computes what PyTorch does, or refuses them by
operator and node; on some it trains a head, and writes them again."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

import giveback
import models
from onnx_out import _check_file, _placed
from program import ZooFailed
from report import relative_error

LIMIT = 1e-5
SIZE = 96
TRAINED = ["resnet18", "mobilenet_v3_small", "efficientnet_b0"]
# Of torchvision, with the size of the pictures where it is another one.
NETWORKS = {
    **{name: SIZE for name in TRAINED}, "alexnet": 224, "convnext_tiny": SIZE, "densenet121": SIZE, "googlenet": SIZE,
    "inception_v3": 299, "mnasnet0_5": SIZE, "regnet_y_400mf": SIZE, "shufflenet_v2_x1_0": SIZE, "squeezenet1_1": SIZE, "vgg11_bn": 224, "swin_t": 224, "vit_b_16": 224}
EXPORTERS = ["dynamo", "torchscript"]
SCRIPT = Path(__file__).with_name("torch_network.py")
# Those that may have PyTorch: what `make peers` installs, and the system's, which has the older exporter alone.
PYTHONS = [Path(__file__).resolve().parents[2] / ".venv-peers/bin/python", Path("/usr/bin/python3")]
# What is not Keras' layers: pictures taken apart into one list of values, or their windows and tokens mixed with the batch.
REFUSED = {
    ("convnext_tiny", "dynamo"): "Reshape", ("swin_t", "dynamo"): "Reshape", ("swin_t", "torchscript"): "Mod",
    ("vit_b_16", "dynamo"): "Expand", ("vit_b_16", "torchscript"): "Reshape"}


def check(report, zoo, shared):
    python, exporters = _pytorch()
    for network, size in NETWORKS.items():
        for exporter in EXPORTERS:
            name = f"onnx-in/{network}/{exporter}"
            if report.wants(name):
                with report.check(name) as result, tempfile.TemporaryDirectory() as folder:
                    if exporter not in exporters:
                        result.skipped = "no PyTorch with it is installed"
                    elif network not in TRAINED and exporters != EXPORTERS:
                        result.skipped = "for a PyTorch with both exporters, to save time"
                    else:
                        _compare(result, zoo, python, network, exporter, size, Path(folder))


def _pytorch():
    """The first Python that has it, and the exporters that it has."""
    for python in filter(Path.exists, PYTHONS):
        found = subprocess.run([python, SCRIPT], capture_output=True, text=True)
        if found.returncode == 0:
            return python, found.stdout.split()
        if "ModuleNotFoundError" not in found.stderr:
            raise RuntimeError(f"{python} {SCRIPT.name}: {found.stderr}")
    return None, []


def _compare(result, zoo, python, network, exporter, size, folder):
    pictures = models.pictures(size, count=3)
    np.save(folder / "pictures.npy", pictures)
    np.save(folder / "pixels.npy", (pictures / 127.5 - 1).astype("float32"))
    subprocess.run([python, SCRIPT, network, exporter, folder], check=True, capture_output=True)
    if (network, exporter) in REFUSED:
        _expect_refusal(result, zoo, folder, REFUSED[network, exporter])
        return
    zoo.run("convert", folder / "network.onnx", "-o", folder / "model.zoo", "--preprocessing", "none", "--quiet")
    actual = _output(zoo, folder / "model.zoo", folder / "pixels.npy")
    expected, exact = np.load(folder / "expected.npy"), np.load(folder / "exact.npy")
    error = relative_error(actual, expected)
    result.note("error", error)
    if error > LIMIT:
        # Random weights may amplify rounding, PyTorch's as well.
        theirs = relative_error(expected, exact)
        result.note("PyTorch to float64", theirs)
        result.within("zoo to float64", relative_error(actual, exact), 3 * theirs)
    if network in TRAINED:
        _train(result, zoo, folder)


def _expect_refusal(result, zoo, folder, operator):
    try:
        zoo.run("convert", folder / "network.onnx", "-o", folder / "model.zoo", "--preprocessing", "none", "--quiet")
    except ZooFailed as failure:
        said = str(failure)
        result.that(f"({operator})" in said and "not supported" in said and " / " not in said, f"refused otherwise: {said}")
        result.that(not (folder / "model.zoo").exists(), "a file was left")
    else:
        result.that(False, "converted, though it was refused before")


def _output(zoo, model, pixels):
    layer = zoo.layers(model)[-1]
    return zoo.extract(model, pixels, output=pixels.with_name("out.npy"), layer=layer, pooling="none")


def _train(result, zoo, folder):
    """A head of its own, by at least 20 steps, and out again."""
    for number, name in enumerate(giveback.CLASSES):
        pictures = folder / "pictures" / name
        pictures.mkdir(parents=True)
        for index, pixels in enumerate(models.pictures(SIZE, count=8, seed=number)):
            Image.fromarray(pixels).save(pictures / f"{index}.png")
    base, trained, pixels = folder / "base.zoo", folder / "trained.zoo", folder / "pictures.npy"
    zoo.run("convert", folder / "network.onnx", "-o", base, "--preprocessing", "tf", "--quiet")
    zoo.run("train", base, folder / "pictures", "-o", trained, "--epochs", 10, "--batch", 8, "--no-plan", "--quiet")
    file = zoo.export(trained, folder / "trained.onnx", "--with-preprocessing")
    _check_file(result, file)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    taken = np.ascontiguousarray(_placed(np.load(pixels).astype("float32"), "nchw"))
    actual = session.run(None, {session.get_inputs()[0].name: taken})[0]
    result.within("trained", relative_error(actual, _output(zoo, trained, pixels)), LIMIT)

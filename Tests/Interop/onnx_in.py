"""Networks of PyTorch, exported by PyTorch itself: zoo converts them, computes what PyTorch does, trains a head on them
and writes them again. Left out where PyTorch is not installed."""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

import giveback
import models
from onnx_out import _check_file, _placed
from report import relative_error

LIMIT = 1e-5
SIZE = 96
NETWORKS = ["resnet18", "mobilenet_v3_small", "efficientnet_b0"]
EXPORTERS = ["dynamo", "torchscript"]


def check(report, zoo, shared):
    for network in NETWORKS:
        for exporter in EXPORTERS:
            name = f"onnx-in/{network}/{exporter}"
            if report.wants(name):
                with report.check(name) as result, tempfile.TemporaryDirectory() as folder:
                    if importlib.util.find_spec("torchvision") is None:
                        result.skipped = "PyTorch is not installed"
                    else:
                        _compare(result, zoo, network, exporter, Path(folder))


def _compare(result, zoo, network, exporter, folder):
    pictures = models.pictures(SIZE, count=3)
    np.save(folder / "pictures.npy", pictures)
    np.save(folder / "pixels.npy", (pictures / 127.5 - 1).astype("float32"))
    script = Path(__file__).with_name("torch_network.py")
    subprocess.run([sys.executable, script, network, exporter, folder], check=True, capture_output=True)
    zoo.run("convert", folder / "network.onnx", "-o", folder / "model.zoo", "--preprocessing", "none", "--quiet")
    expected = np.load(folder / "expected.npy")
    result.within("error", relative_error(_output(zoo, folder / "model.zoo", folder / "pixels.npy"), expected), LIMIT)
    _train(result, zoo, folder)


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

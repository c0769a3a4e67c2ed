"""Other ways from Keras to ONNX, and ONNX Runtime on what came out:

peer_to_onnx.py make NETWORK FOLDER      random weights, as model.h5 of Keras 2 and model.keras of Keras 3; no two alike,
                                         which an exporter would write once
peer_to_onnx.py tf2onnx IN.h5 OUT.onnx   tf2onnx
peer_to_onnx.py keras IN.keras OUT.onnx  Keras' own exporter
peer_to_onnx.py run FILE.onnx            nodes, and milliseconds a picture, as JSON
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
BATCHES = (1, 8)
SECONDS = 3


def make(network, folder):
    import keras
    import numpy
    import tf_keras

    model = getattr(tf_keras.applications, network)(weights=None)
    vectors = numpy.random.default_rng(0)
    model.set_weights([w if w.ndim > 1 else vectors.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
    model.save(Path(folder) / "model.h5")
    again = getattr(keras.applications, network)(weights=None)
    again.set_weights(model.get_weights())
    again.save(Path(folder) / "model.keras")


def by_tf2onnx(source, output):
    import tf2onnx
    import tf_keras

    tf2onnx.convert.from_keras(tf_keras.models.load_model(source, compile=False), output_path=output)


def by_keras(source, output):
    import keras
    import numpy

    model = keras.models.load_model(source, compile=False)
    # What has never been called cannot be exported.
    model(numpy.zeros((1, *model.input_shape[1:]), "float32"))
    model.export(output, format="onnx", verbose=False)


def run(file):
    import numpy
    import onnx
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    picture = session.get_inputs()[0]
    times = []
    for batch in BATCHES:
        pixels = numpy.random.default_rng(0).uniform(0, 1, (batch, *picture.shape[1:])).astype("float32")
        times.append(timed(lambda: session.run(None, {picture.name: pixels})) / batch * 1e3)
    print(json.dumps({"nodes": len(onnx.load(file).graph.node), "times": times}))


def timed(step):
    """The median, after warming up."""
    for _ in range(3):
        step()
    found, end = [], time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        step()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


if __name__ == "__main__":
    {"make": make, "tf2onnx": by_tf2onnx, "keras": by_keras, "run": run}[sys.argv[1]](*sys.argv[2:])

"""Keras on TensorFlow, in graph mode."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.python.framework.convert_to_constants import (  # noqa: E402
    convert_variables_to_constants_v2)

import runner  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(runner.THREADS)
tf.config.threading.set_inter_op_parallelism_threads(runner.THREADS)


def graph(folder, batch, compiled=False, frozen=False):
    model = keras.models.load_model(folder / "network.keras", compile=False)
    pixels = tf.constant(runner.prepared(folder, batch))
    function = tf.function(lambda x: model(x, training=False), jit_compile=compiled)
    if frozen:
        concrete = function.get_concrete_function(tf.TensorSpec(pixels.shape, pixels.dtype))
        constant = convert_variables_to_constants_v2(concrete)
        return lambda: constant(pixels)[0].numpy()
    return lambda: function(pixels).numpy()


if __name__ == "__main__":
    runner.main({
        "tf.function": graph,
        "frozen": lambda *arguments: graph(*arguments, frozen=True),
        "XLA": lambda *arguments: graph(*arguments, compiled=True)})

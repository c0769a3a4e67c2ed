"""ncnn, picture after picture: it knows no batches."""

import functools

import ncnn
import numpy as np

import runner


def load(folder, batch, bf16):
    net = ncnn.Net()
    options = net.opt
    options.num_threads = runner.THREADS
    options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
    options.use_bf16_storage = bf16
    net.load_param(str(folder / "ncnn.ncnn.param"))
    net.load_model(str(folder / "ncnn.ncnn.bin"))
    pixels = runner.prepared(folder, batch, channels_first=True)

    def picture(values):
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(values).clone())
        return np.array(extractor.extract("out0")[1])

    return lambda: runner.channels_last(np.stack([picture(values) for values in pixels]))


if __name__ == "__main__":
    runner.main({
        "float32": functools.partial(load, bf16=False), "bf16": functools.partial(load, bf16=True)})

"""OpenVINO: one request at a time, or as many at a time as it finds best."""

import functools

import numpy as np
import openvino
import openvino.properties as properties
import openvino.properties.hint as hint

import runner


def load(folder, batch, mode, precision):
    # Without the precision it computes in bfloat16 where the processor can.
    return openvino.Core().compile_model(folder / f"network-{batch}.onnx", "CPU", {
        hint.performance_mode: mode, hint.inference_precision: precision,
        properties.inference_num_threads: runner.THREADS})


def latency(folder, batch, precision):
    model = load(folder, batch, hint.PerformanceMode.LATENCY, precision)
    pixels = runner.prepared(folder, batch, channels_first=True)
    return lambda: runner.channels_last(model(pixels)[0])


def throughput(folder, batch, precision):
    model = load(folder, 1, hint.PerformanceMode.THROUGHPUT, precision)
    pixels = runner.prepared(folder, batch, channels_first=True)
    results = [None] * batch
    queue = openvino.AsyncInferQueue(model)

    def keep(request, picture):
        results[picture] = request.get_output_tensor().data.copy()

    queue.set_callback(keep)

    def run():
        for picture in range(batch):
            queue.start_async(pixels[picture:picture + 1], picture)
        queue.wait_all()
        return runner.channels_last(np.concatenate(results))
    return run


if __name__ == "__main__":
    runner.main({
        f"{name}{suffix}": functools.partial(mode, precision=precision)
        for name, mode in (("latency", latency), ("throughput", throughput))
        for suffix, precision in (("", "f32"), (" bf16", "bf16"))})

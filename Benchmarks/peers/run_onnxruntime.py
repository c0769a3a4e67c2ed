"""ONNX Runtime's CPU provider with all graph optimisations."""

import onnxruntime

import runner


def optimised(folder, batch):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = runner.THREADS
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(
        folder / f"network-{batch}.onnx", options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: runner.prepared(folder, batch, channels_first=True)}
    return lambda: runner.channels_last(session.run(None, feed)[0])


if __name__ == "__main__":
    runner.main({"all optimisations": optimised})

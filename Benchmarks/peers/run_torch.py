"""PyTorch with oneDNN, channels last."""

import torch

import runner

torch.set_num_threads(runner.THREADS)


def load(folder, batch):
    module = torch.load(folder / "network.pt", weights_only=False).eval().to(memory_format=torch.channels_last)
    pixels = torch.from_numpy(runner.prepared(folder, batch, channels_first=True))
    return module, pixels.to(memory_format=torch.channels_last)


def prepare(module, pixels):
    def run():
        with torch.inference_mode():
            return runner.channels_last(module(pixels).numpy())
    return run


def eager(folder, batch):
    return prepare(*load(folder, batch))


def compiled(folder, batch):
    module, pixels = load(folder, batch)
    torch._inductor.config.freezing = True
    return prepare(torch.compile(module), pixels)


def script(folder, batch):
    module, pixels = load(folder, batch)
    with torch.no_grad():
        traced = torch.jit.freeze(torch.jit.trace(module, pixels))
    return prepare(torch.jit.optimize_for_inference(traced), pixels)


if __name__ == "__main__":
    import torch._inductor.config

    runner.main({"eager": eager, "torch.compile": compiled, "TorchScript": script})

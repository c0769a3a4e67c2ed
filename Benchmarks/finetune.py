"""Fine-tuning steps beside Keras': the base's top blocks and a head, the layers below run in each step."""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from safetensors.numpy import load_file

import measure

HERE = Path(__file__).resolve().parent
# Base, where training begins.
CASES = [("resnet50", "conv5"), ("mobilenetv2_1.0_224", "block_13"), ("vgg16", "block5")]
# Steps that prepare kernels and trace graphs, on both sides.
WARM_UP = 2
HEADER = ["base", "from", "zoo s/step", "of it frozen layers", "Keras s/step", "Keras ÷ zoo", "zoo peak MB",
          "Keras peak MB", "largest difference of a loss", "wanted"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zoo", type=Path, required=True, help="the release binary; zoo-train-parity lies beside it")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    program = options.zoo.resolve().parent / "zoo-train-parity"
    measure.publish(
        "finetune", HEADER, [compared(program, name, block, options.rounds) for name, block in CASES],
        note=f"batch 16, 224×224, Adam, BatchNormalization in inference mode, medians over the steps after {WARM_UP}")


def compared(program, name, block, rounds):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        peer = [sys.executable, HERE / "peer_finetune.py"]
        measure.run([*peer, "prepare", name, block, folder])
        ours = [program, folder / "case.json", folder / "input.safetensors", folder / "zoo.safetensors"]
        zoo, frozen, theirs, peaks = [], [], [], {"zoo": 0, "Keras": 0}
        for _ in range(rounds):
            peaks["Keras"] = max(peaks["Keras"], measure.run([*peer, "train", name, block, folder]).peak)
            peaks["zoo"] = max(peaks["zoo"], measure.run(ours).peak)
            trained, expected = load_file(folder / "zoo.safetensors"), load_file(folder / "keras.safetensors")
            zoo += trained["seconds"].sum(axis=1)[WARM_UP:].tolist()
            frozen += trained["seconds"][WARM_UP:, 0].tolist()
            theirs += expected["seconds"][WARM_UP:].tolist()
        mine, other = statistics.median(zoo), statistics.median(theirs)
        difference = abs(trained["losses"] - expected["losses"]).max()
        return [name, block, f"{mine:.3f}", f"{statistics.median(frozen):.3f}", f"{other:.3f}", f"{other / mine:.2f}",
                f"{peaks['zoo']:.0f}", f"{peaks['Keras']:.0f}", f"{difference:.1e}", "Keras ÷ zoo ≥ 1.3, less memory"]


if __name__ == "__main__":
    main()

"""Trains the small base that the demo and the tests use, in real Keras, on pictures drawn here.

    python zoo/make_demo_base.py        (needs tensorflow-cpu and tf-keras; a few minutes on two cores)

Writes zoo/demo_mobilenet_0.25_128.h5: Keras' MobileNet, alpha 0.25, 128x128, eight classes, with top, in the
legacy layout of the published files. `zoo/demo/Drawing.swift` draws the same kinds of pictures.
"""

import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np

SIZE = 128
HERE = Path(__file__).resolve().parent
CLASSES = (HERE / "demo_labels.txt").read_text().split()

INSIDE = {
    "checker": lambda u, v: np.sin(9 * u) * np.sin(9 * v) > 0,
    "circle": lambda u, v: u * u + v * v < 0.36,
    "cross": lambda u, v: (np.minimum(abs(u), abs(v)) < 0.2) & (np.maximum(abs(u), abs(v)) < 0.7),
    "dots": lambda u, v: (3 * u % 1 - 0.5) ** 2 + (3 * v % 1 - 0.5) ** 2 < 0.08,
    "ring": lambda u, v: abs(u * u + v * v - 0.375) < 0.125,
    "square": lambda u, v: np.maximum(abs(u), abs(v)) < 0.55,
    "stripes": lambda u, v: np.sin(12 * u) > 0,
    "triangle": lambda u, v: (v > -0.4) & (v < 0.8 - 1.732 * abs(u)),
}


def draw(name: str, rng: np.random.Generator) -> np.ndarray:
    """A picture of one class: colours, place, size, rotation and noise are random. uint8, SIZE x SIZE x 3."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] / (SIZE / 2) - 1
    x, y = columns - rng.uniform(-0.25, 0.25), rows - rng.uniform(-0.25, 0.25)
    angle, scale = rng.uniform(0, 2 * np.pi), rng.uniform(0.7, 1.3)
    u = (x * np.cos(angle) + y * np.sin(angle)) * scale
    v = (y * np.cos(angle) - x * np.sin(angle)) * scale
    background = rng.uniform(0, 255, 3)
    ink = (background + rng.uniform(80, 175, 3)) % 255
    picture = np.where(INSIDE[name](u, v)[..., None], ink, background)
    return np.clip(picture + rng.uniform(-16, 16, picture.shape), 0, 255).astype(np.uint8)


def dataset(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(CLASSES)
    return np.stack([draw(CLASSES[label], rng) for label in labels]), labels


def main() -> None:
    import tensorflow as tf
    import tf_keras as keras

    keras.utils.set_random_seed(1)
    pictures, labels = dataset(4800, seed=1)
    held_out, held_out_labels = dataset(800, seed=2)
    model = keras.applications.MobileNet(
        alpha=0.25, input_shape=(SIZE, SIZE, 3), weights=None, classes=len(CLASSES)
    )
    epochs, batch = 12, 64
    rate = keras.optimizers.schedules.CosineDecay(4e-3, epochs * len(pictures) // batch)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", ["accuracy"])
    preprocess = keras.applications.mobilenet.preprocess_input
    data = tf.data.Dataset.from_tensor_slices((pictures, labels)).shuffle(len(pictures), seed=1).batch(batch)
    data = data.map(lambda x, y: (preprocess(tf.cast(x, tf.float32)), y))
    held_out = preprocess(held_out.astype(np.float32))
    model.fit(data, epochs=epochs, validation_data=(held_out, held_out_labels), verbose=2)
    path = HERE / "demo_mobilenet_0.25_128.h5"
    model.save_weights(path, save_format="h5")
    _, accuracy = model.evaluate(held_out, held_out_labels, verbose=0)
    print(f"{path.name}: {path.stat().st_size:,} bytes, accuracy {accuracy:.4f} on 800 held-out pictures")


if __name__ == "__main__":
    main()

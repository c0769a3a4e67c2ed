"""What is told of a classifier beside scikit-learn's figures and Keras' values: folds, thresholds, TTA, Grad-CAM."""

import csv
import json
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from sklearn.metrics import accuracy_score, f1_score, log_loss, precision_recall_curve, roc_curve
from sklearn.model_selection import StratifiedKFold

import models
import weights
from report import relative_error

FOLDS = 4
# Of each class; not a multiple of the number of folds.
COUNTS = {"dots": 29, "lines": 22, "plain": 13}
SIZE = 96
EXACT = 1e-6
# Of heads that begin elsewhere and see their pictures in another order, after the same epochs.
ACCURACY_LIMIT, LOSS_LIMIT = 0.06, 0.12
MAP_LIMIT = 1e-4
PROBABILITY_LIMIT = 1e-5
# With layers of their own behind the last feature map, and the layers to go by: the default, and one within.
EXPLAINED = {"mobilenetv2_0.35_96": "block_13_expand_relu", "resnet50": "conv4_block6_out",
             "vgg16": "block5_conv3", "efficientnetv2b0": "block4a_expand_activation"}


def check(report, zoo, shared):
    names = ["folds", "thresholds/f1", "thresholds/youden"]
    if any(report.wants(f"evaluation/{name}") for name in names):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            base = _base(zoo, folder)
            pictures = _pictures(folder)
            if report.wants("evaluation/folds"):
                with report.check("evaluation/folds") as result:
                    _folds(result, zoo, base, pictures, folder)
            for rule in ("f1", "youden"):
                if report.wants(f"evaluation/thresholds/{rule}"):
                    with report.check(f"evaluation/thresholds/{rule}") as result:
                        _thresholds(result, zoo, base, pictures, folder, rule)
    for name, layer in EXPLAINED.items():
        if report.wants(f"evaluation/explain/{name}"):
            with report.check(f"evaluation/explain/{name}") as result:
                _explain(result, zoo, models.NAMED[name], layer)
            models.forget()


def _base(zoo, folder):
    named = models.NAMED["mobilenetv2_0.35_96"]
    source = models.build(named, False, SIZE)
    weights.randomise(named, source, models.pictures(SIZE), seed=23)
    weights.scale_features(named, source, models.pictures(SIZE))
    source.save_weights(folder / "base.weights.h5")
    return zoo.convert(folder / "base.weights.h5", folder / "base.zoo", base=named.name, size=SIZE)


def _pictures(folder):
    """Noise with more or less of a pattern on it: classes that can be learnt, with mistakes."""
    random = np.random.default_rng(5)
    root = folder / "pictures"
    for name, count in COUNTS.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            pixels = random.normal(120, 40, (SIZE, SIZE, 3))
            strength = random.uniform(0, 50)
            y, x = np.mgrid[:SIZE, :SIZE]
            pattern = {"dots": (x // 6 % 2) * (y // 6 % 2), "lines": x // 4 % 2, "plain": np.zeros_like(x)}[name]
            pixels += strength * (pattern[..., None] - pattern.mean())
            Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(root / name / f"{number:02}.png")
    return root


def _train(zoo, base, pictures, output, *options):
    """The events of a training, by their names; of several of a name a list."""
    text = zoo.run("train", base, pictures, "-o", output, "--head", "linear", "--epochs", 12, "--batch", 8,
                   "--learning-rate", 0.003, "--json", "--no-plan", *options)
    events = {}
    for line in text.splitlines():
        event = json.loads(line)
        events.setdefault(event["event"], []).append(event)
    return events


def _table(file):
    """Path, fold, class and probabilities of each picture."""
    with file.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    names = header[3:]
    return ([row[0] for row in rows], np.array([int(row[1]) for row in rows]),
            np.array([names.index(row[2]) for row in rows]), np.array([row[3:] for row in rows], "float32"))


def _folds(result, zoo, base, pictures, folder):
    events = _train(zoo, base, pictures, folder / "folds.zoo", "--folds", FOLDS)
    paths, folds, labels, probabilities = _table(folder / "folds.folds.csv")
    result.equal("pictures", len(set(paths)), sum(COUNTS.values()))

    # The shares of the classes are scikit-learn's.
    own = sorted(tuple(np.bincount(labels[folds == fold], minlength=3)) for fold in range(1, FOLDS + 1))
    parts = StratifiedKFold(FOLDS).split(labels, labels)
    theirs = [np.bincount(labels[held], minlength=3) for _, held in parts]
    for label in range(3):
        result.equal(f"pictures of class {label}", sorted(counts[label] for counts in own),
                     sorted(counts[label] for counts in theirs))

    # So are the figures, from what the models said.
    def figures(chosen):
        told = probabilities[chosen].astype("float64")
        return dict(accuracy=accuracy_score(labels[chosen], told.argmax(-1)),
                    loss=log_loss(labels[chosen], told / told.sum(-1, keepdims=True), labels=range(3)),
                    macroF1=f1_score(labels[chosen], told.argmax(-1), average="macro"))

    expected = [figures(folds == fold) for fold in range(1, FOLDS + 1)]
    summary = events["folds"][0]
    for name in ("accuracy", "loss", "macroF1"):
        values = [fold[name] for fold in expected]
        told = [event["scores"][name] for event in events["fold"]]
        result.within(f"{name} of the folds", float(np.abs(np.subtract(told, values)).max()), EXACT)
        result.within(f"{name}, mean", abs(summary["mean"][name] - np.mean(values)), EXACT)
        result.within(f"{name}, spread", abs(summary["spread"][name] - np.std(values)), EXACT)
        result.within(f"{name}, together", abs(summary["all"][name] - figures(folds > 0)[name]), EXACT)

    # Keras' own heads on the same folds come to about the same.
    features = zoo.extract(base, "@" + str(_list(folder, paths)), output=folder / "features.npy", pooling="avg")
    means = [_keras_head(features, labels, folds == fold) for fold in range(1, FOLDS + 1)]
    result.within("accuracy beside Keras", abs(summary["mean"]["accuracy"] - np.mean([m[1] for m in means])),
                  ACCURACY_LIMIT)
    result.within("loss beside Keras", abs(summary["mean"]["loss"] - np.mean([m[0] for m in means])), LOSS_LIMIT)


def _list(folder, paths):
    (folder / "list.txt").write_text("\n".join(paths) + "\n")
    return folder / "list.txt"


def _keras_head(features, labels, held):
    keras.utils.set_random_seed(3)
    head = keras.Sequential([keras.Input(features.shape[1:]), keras.layers.Dense(3, activation="softmax")])
    head.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    head.fit(features[~held], labels[~held], batch_size=8, epochs=12, verbose=0)
    return head.evaluate(features[held], labels[held], verbose=0)


def _thresholds(result, zoo, base, pictures, folder, rule):
    """No threshold is better than the chosen one, by scikit-learn's curves over what the folds' models said."""
    events = _train(zoo, base, pictures, folder / f"{rule}.zoo", "--folds", FOLDS, "--loss", "binary",
                    "--threshold", rule)
    chosen = events["end"][0]["thresholds"]
    result.equal("pictures", chosen["pictures"], sum(COUNTS.values()))
    _, _, labels, probabilities = _table(folder / f"{rule}.folds.csv")
    for label, threshold in enumerate(chosen["values"]):
        shown, told = labels == label, probabilities[:, label]
        found = told > threshold
        if rule == "f1":
            precision, recall, _ = precision_recall_curve(shown, told)
            best = np.nanmax(2 * precision * recall / np.maximum(precision + recall, 1e-12))
            own = f1_score(shown, found)
        else:
            false, true, _ = roc_curve(shown, told, drop_intermediate=False)
            best, own = (true - false).max(), found[shown].mean() - found[~shown].mean()
        result.within(f"class {label}", abs(best - own), EXACT)


def _explain(result, zoo, named, layer):
    """Grad-CAM and the mean over the mirror image, of a base with a head of its own."""
    size = 64
    base = models.build(named, False, size)
    weights.randomise(named, base, models.pictures(size), seed=23)
    weights.scale_features(named, base, models.pictures(size))
    keras.utils.set_random_seed(2)
    x = keras.layers.GlobalAveragePooling2D()(base.output)
    x = keras.layers.Dropout(0.4)(keras.layers.Dense(24, activation="relu")(x))
    scores = keras.layers.Dense(4)(x)
    model = keras.Model(base.input, keras.layers.Softmax()(scores))
    inner = keras.Model(base.input, scores)
    pixels = models.pictures(size, count=3, seed=6)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        model.save(folder / "model.keras")
        np.save(folder / "pixels.npy", pixels)
        converted = zoo.convert(folder / "model.keras", folder / "model.zoo", base=named.name)
        for name in (None, layer):
            options = ["--explain-layer", name] if name else []
            told = json.loads(zoo.run("predict", converted, folder / "pixels.npy", "--explain", folder / "map.npy",
                                      "--json", *options))
            actual = np.load(folder / "map.npy")
            used = told[0]["explained"]["layer"]
            if name:
                result.equal("layer", used, name)
            expected = _grad_cam(named, inner, used, pixels)
            result.within(f"map of {used}", relative_error(actual, expected), MAP_LIMIT)
            for number in range(len(pixels)):
                result.equal(f"maximum of {used}, picture {number}", int(actual[number].argmax()),
                             int(expected[number].argmax()))
            result.that(np.abs(expected).max() > 0, "nothing in the map speaks for a class")
        rows = json.loads(zoo.run("predict", converted, folder / "pixels.npy", "--tta", "flip", "--top", 4, "--json"))
    actual = np.array([[next(p["score"] for p in row["predictions"] if p["index"] == i) for i in range(4)]
                       for row in rows])
    mean = (models.run(named, model, pixels) + models.run(named, model, pixels[:, :, ::-1])) / 2
    result.within("mean over the mirror image", relative_error(actual, mean), PROBABILITY_LIMIT)
    result.that(relative_error(models.run(named, model, pixels), mean) > 1e-3, "the mirror image says the same")


def _grad_cam(named, model, layer, pixels):
    """As Keras' example of Grad-CAM computes it, without the division by the highest value."""
    probe = keras.Model(model.input, [model.get_layer(layer).output, model.output])
    prepared = getattr(keras.applications, named.module).preprocess_input(np.array(pixels, "float32"))
    with tf.GradientTape() as tape:
        maps, scores = probe(prepared, training=False)
        chosen = tf.reduce_sum(tf.reduce_max(scores, axis=-1))
    slopes = tf.reduce_mean(tape.gradient(chosen, maps), axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(maps * slopes, axis=-1)).numpy()

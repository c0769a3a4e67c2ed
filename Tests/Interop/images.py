"""Picture files of every kind, in every resize mode: the features that Keras' own loading leads to."""

import tempfile
from pathlib import Path

import keras
import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401
import tensorflow as tf
from PIL import Image, ImageOps
from keras.src.backend.tensorflow.image import resize

import models
import weights
from report import relative_error

pillow_heif.register_heif_opener()
LIMIT = 1e-5
# Colours are a level off where Pillow's library for a format is another one than zoo's, or a newer one.
LIMITS = {".avif": 5e-3, ".heic": 5e-3, ".jxl": 5e-3}
# TensorFlow reads none of them.
PILLOW_ALWAYS = (".tif", ".heic", ".avif", ".jxl")
BASE = models.NAMED["mobilenet_0.25_128"]
SIZE = (BASE.size, BASE.size)
# Keras' two ways of loading, and the options that stand for each mode.
DATASET_MODES = {
    "bilinear": {}, "bicubic": {"interpolation": "bicubic"},
    "crop-to-aspect-ratio": {"crop_to_aspect_ratio": True}}
LOAD_IMG_MODES = {"nearest": {}, "lanczos": {"interpolation": "lanczos"}}


def check(report, zoo, shared):
    wanted = [
        (name, mode) for name in PICTURES for mode in (*DATASET_MODES, *LOAD_IMG_MODES)
        if report.wants(f"images/{mode}/{name}")]
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as folder:
        network = Network(zoo, Path(folder))
        for name, mode in wanted:
            with report.check(f"images/{mode}/{name}") as check:
                file = Path(folder) / name
                PICTURES[name](file)
                expected, actual = network.expected(_loaded(file, mode)), network.actual(file, mode)
                check.within("error", relative_error(actual, expected), LIMITS.get(file.suffix, LIMIT))
    models.forget()


class Network:
    """A small random base, in Keras and converted."""

    def __init__(self, zoo, folder):
        self.zoo, self.folder = zoo, folder
        self.model = models.build(BASE, top=False)
        weights.randomise(BASE, self.model, models.pictures(BASE.size), seed=5)
        self.model.save_weights(folder / "model.weights.h5")

    def expected(self, pixels):
        return models.run(BASE, self.model, pixels[None]).mean(axis=(1, 2))

    def actual(self, file, mode):
        converted = self.folder / "model.zoo"
        if not converted.exists():
            self.zoo.convert(self.folder / "model.weights.h5", converted, base=BASE.name)
        return self.zoo.extract(converted, file, output=self.folder / "features.npy", resize=mode)


def _loaded(file, mode):
    """The pixels as Keras loads them."""
    if mode in LOAD_IMG_MODES:
        image = keras.utils.load_img(file, target_size=SIZE, **LOAD_IMG_MODES[mode])
        return keras.utils.img_to_array(image)
    if file.suffix in PILLOW_ALWAYS:
        image = np.array(ImageOps.exif_transpose(Image.open(file)).convert("RGB"))
        if mode == "crop-to-aspect-ratio":
            return resize(image, SIZE, "bilinear", crop_to_aspect_ratio=True, data_format="channels_last").numpy()
        return tf.image.resize(image, SIZE, mode).numpy()
    with tempfile.TemporaryDirectory() as folder:
        # It lists no .webp, but reads by content.
        (Path(folder) / "picture.png").symlink_to(file)
        dataset = keras.utils.image_dataset_from_directory(
            folder, labels=None, image_size=SIZE, shuffle=False, verbose=False, **DATASET_MODES[mode])
        return next(iter(dataset))[0].numpy()


def _values(channels, kind="uint8"):
    """Waves with noise, 301 × 200."""
    y, x = np.mgrid[0:200, 0:301]
    waves = [0.5 + 0.4 * np.sin(x / (17 + 5 * c) + c) * np.cos(y / (23 - 4 * c)) for c in range(channels)]
    noise = np.random.default_rng(channels).normal(0, 0.04, (200, 301, channels))
    values = np.clip(np.stack(waves, axis=-1) + noise, 0, 1)
    return (values * np.iinfo(kind).max).astype(kind)


def _image(mode):
    values = _values(len(mode))
    if mode == "CMYK":
        return Image.frombytes(mode, (301, 200), values.tobytes())
    return Image.fromarray(np.squeeze(values, axis=-1) if mode == "L" else values)


def _palette():
    return _image("RGB").convert("P", palette=Image.Palette.ADAPTIVE, colors=200)


def _saved(image, **options):
    return lambda file: image().save(file, **options)


def _turned(file):
    exif = Image.Exif()
    exif[0x0112] = 6
    _image("RGB").save(file, exif=exif)


def _sixteen_bits(channels):
    return lambda file: file.write_bytes(tf.io.encode_png(_values(channels, "uint16")).numpy())


PICTURES = {
    "baseline.jpg": _saved(lambda: _image("RGB"), quality=90),
    "full-chroma.jpg": _saved(lambda: _image("RGB"), subsampling=0),
    "progressive.jpg": _saved(lambda: _image("RGB"), progressive=True),
    "grayscale.jpg": _saved(lambda: _image("L")),
    "cmyk.jpg": _saved(lambda: _image("CMYK")),
    "exif-orientation.jpg": _turned,
    "rgb.png": _saved(lambda: _image("RGB")),
    "gray.png": _saved(lambda: _image("L")),
    "palette.png": _saved(_palette),
    "alpha.png": _saved(lambda: _image("RGBA")),
    "16-bit.png": _sixteen_bits(3),
    "gray-16-bit.png": _sixteen_bits(1),
    "lossy.webp": _saved(lambda: _image("RGB"), quality=85),
    "lossless.webp": _saved(lambda: _image("RGB"), lossless=True),
    "still.gif": _saved(_palette),
    "animated.gif": _saved(_palette, save_all=True, append_images=[_image("L").convert("P")]),
    "rgb.bmp": _saved(lambda: _image("RGB")),
    "lzw.tif": _saved(lambda: _image("RGB"), compression="tiff_lzw"),
    "deflate.tif": _saved(lambda: _image("RGB"), compression="tiff_adobe_deflate", tiffinfo={317: 2}),
    "big.tif": _saved(lambda: _image("RGB"), big_tiff=True),
    "jpeg.tif": _saved(lambda: _image("RGB"), compression="jpeg"),
    "alpha.tif": _saved(lambda: _image("RGBA")),
    "palette.tif": _saved(_palette, compression="packbits"),
    "cmyk.tif": _saved(lambda: _image("CMYK")),
    "fax.tif": _saved(lambda: _image("L").convert("1"), compression="group4"),
    "orientation.tif": _saved(lambda: _image("RGB"), tiffinfo={274: 6}),
    "full-chroma.heic": _saved(lambda: _image("RGB"), quality=90, chroma=444),
    "half-chroma.heic": _saved(lambda: _image("RGB"), quality=90),
    "full-chroma.avif": _saved(lambda: _image("RGB"), quality=90, subsampling="4:4:4"),
    "lossless.jxl": _saved(lambda: _image("RGB"), lossless=True),
    "lossy.jxl": _saved(lambda: _image("RGB"), quality=90),
}

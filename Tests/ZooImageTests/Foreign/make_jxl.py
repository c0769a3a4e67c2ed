"""Writes the JPEG XL pictures beside this script, and what pillow-jxl-plugin makes of them: `<picture>.png` their RGB,
`<picture>.rgba.png` their RGBA where the picture is not opaque.

Made with pillow 13.0, pillow-jxl-plugin 1.3.
"""

import io
import os

import pillow_jxl  # noqa: F401
from PIL import Image

from make_tiff import GRAY, RGB, picture

HERE = os.path.dirname(os.path.abspath(__file__))


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "JXL", **options)
    return file.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    return exif.tobytes()


def files():
    yield "rgb.jxl", saved(RGB, lossless=True)
    yield "lossy.jxl", saved(RGB, quality=90)
    yield "gray.jxl", saved(GRAY, lossless=True)
    yield "rgba.jxl", saved(Image.fromarray(picture(4), "RGBA"), lossless=True)
    # The file's container then has an EXIF block, which is not what turns it.
    yield "exif.jxl", saved(RGB, lossless=True, exif=turned(6))


for name, data in files():
    path = os.path.join(HERE, name)
    with open(path, "wb") as file:
        file.write(data)
    image = Image.open(path)
    image.convert("RGB").save(path + ".png", optimize=True)
    if name.startswith("rgba"):
        image.convert("RGBA").save(path + ".rgba.png", optimize=True)

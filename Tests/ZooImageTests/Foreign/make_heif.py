"""Writes the HEIC and AVIF pictures beside this script, and what pillow-heif and Pillow make of them: `<picture>.png` their
RGB, `<picture>.rgba.png` their RGBA where the picture is not opaque.

Made with pillow 13.0, pillow-heif 1.8. Their own libraries are newer than those of most systems, which convert YCbCr with
other roundings; chroma is whole in most of these files, as versions also differ in how they make it so.
"""

import io
import os

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from make_tiff import picture

pillow_heif.register_heif_opener()
HERE = os.path.dirname(os.path.abspath(__file__))
# No side of HEVC's pictures is odd within 4:2:0, and small ones are padded.
W, H = 48, 64
RGB = Image.fromarray(picture(3, H, W))
GRAY = Image.fromarray(picture(1, H, W)[..., 0])
RGBA = Image.fromarray(picture(4, H, W), "RGBA")


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def turned(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    return exif.tobytes()


def heics():
    def heic(image, quality=90, chroma=444, **options):
        return saved(image, "HEIF", quality=quality, chroma=chroma, **options)

    yield "rgb.heic", heic(RGB)
    yield "chroma420.heic", heic(RGB, chroma=420)
    yield "gray.heic", heic(GRAY)
    yield "rgba.heic", heic(RGBA)
    deep = picture(3, H, W).astype("u2") * 257
    yield "rgb10.heic", pillow_bytes(deep)
    for orientation in range(2, 9):
        yield f"orientation{orientation}.heic", heic(RGB, exif=turned(orientation))
    yield "pages.heic", heic(RGB, save_all=True, append_images=[GRAY])


def pillow_bytes(deep):
    file = io.BytesIO()
    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    image = pillow_heif.from_bytes(mode="RGB;16", size=(W, H), data=deep.tobytes())
    image.save(file, quality=90, chroma=444)
    return file.getvalue()


def avifs():
    def avif(image, **options):
        return saved(image, "AVIF", **{"quality": 90, "subsampling": "4:4:4", **options})

    yield "rgb.avif", avif(RGB)
    yield "chroma420.avif", avif(RGB, subsampling="4:2:0")
    yield "gray.avif", avif(GRAY)
    yield "rgba.avif", avif(RGBA)
    for orientation in (3, 6, 7):
        yield f"orientation{orientation}.avif", avif(RGB, exif=turned(orientation))


for name, data in [*heics(), *avifs()]:
    path = os.path.join(HERE, name)
    with open(path, "wb") as file:
        file.write(data)
    # Pillow leaves it to the reader to turn AVIF; pillow-heif has turned HEIC.
    image = ImageOps.exif_transpose(Image.open(path))
    image.convert("RGB").save(path + ".png", optimize=True)
    if name.startswith("rgba"):
        image.convert("RGBA").save(path + ".rgba.png", optimize=True)

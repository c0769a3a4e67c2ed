"""Writes pictures with an EXIF orientation beside this script, and what Pillow's `exif_transpose` makes of them:
`<picture>.turned.png`.

Made with pillow 13.0.
"""

import io
import os

from PIL import Image, ImageOps

from make_tiff import RGB, picture

HERE = os.path.dirname(os.path.abspath(__file__))
FORMATS = {"jpg": ("JPEG", {}), "png": ("PNG", {}), "webp": ("WEBP", {"lossless": True})}


def block(orientation, order="<"):
    exif = Image.Exif()
    exif.endian = order
    exif[0x10F] = "a camera"
    exif[0x112] = orientation
    return exif.tobytes()


def saved(image, ending, exif):
    format, options = FORMATS[ending]
    file = io.BytesIO()
    image.save(file, format, exif=exif, **options)
    return file.getvalue()


def files():
    for ending in FORMATS:
        for orientation in range(1, 9):
            # Cameras of both byte orders are about.
            yield f"exif{orientation}.{ending}", saved(RGB, ending, block(orientation, "<>"[orientation % 2]))
    yield "exif6-rgba.png", saved(Image.fromarray(picture(4), "RGBA"), "png", block(6))


for name, data in files():
    path = os.path.join(HERE, name)
    with open(path, "wb") as file:
        file.write(data)
    ImageOps.exif_transpose(Image.open(path)).save(path + ".turned.png", optimize=True)

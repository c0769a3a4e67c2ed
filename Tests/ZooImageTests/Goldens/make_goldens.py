"""Writes the sample pictures beside this script and what Keras makes of them.

Made with tensorflow-cpu 2.21, keras 3.15, pillow 13.0. `<picture>.pixels` holds float32, little-endian, RGB: for each
target size in `sizes(picture)`, for each mode in MODES, one resized picture. `<picture>.rgba` holds the same with four
channels; where TensorFlow reads no fourth one of a format, its three and 255.
"""

import io
import os
import struct
import zlib

import numpy as np
import tensorflow as tf
from PIL import Image
from keras.utils import img_to_array, load_img
from keras.src.backend.tensorflow.image import resize

HERE = os.path.dirname(os.path.abspath(__file__))
MODES = ["bilinear", "nearest", "bicubic", "lanczos", "crop-to-aspect-ratio"]
# What TensorFlow refuses, or shows with palette indices as gray levels.
PILLOW_ALWAYS = ("alpha.webp", "animated.webp", "palette8.bmp", "palette4.bmp", "palette1.bmp", "rgb555.bmp",
                 "rgb565.bmp", "rle8.bmp", "rle4.bmp", "os2.bmp")
# What is read with four channels; TensorFlow reads only PNG so.
FOUR_CHANNELS = ("rgb.jpg", "gray.jpg", "cmyk.jpg", "plain.gif", "rgb24.bmp", "palette8.bmp", "lossy.webp", "alpha.webp",
                 "animated.webp", "rgb.png", "rgb-interlaced.png", "rgb-trns.png", "rgb16.png", "rgba.png", "rgba16.png",
                 "gray.png", "gray1.png", "gray-alpha.png", "gray-alpha16.png", "palette.png",
                 "palette4-trns.png", "palette2-interlaced.png")
W, H = 21, 34


def sizes(name):
    return [(6, 5)] + ([(37, 23), (16, 21)] if name == "rgb.png" else [])


def picture(channels):
    y, x = np.mgrid[0:H, 0:W]
    waves = [127 + 120 * np.sin(x / (2 + k) + k) * np.cos(y / (3 + k)) for k in range(channels)]
    return np.clip(np.stack(waves, -1), 0, 255).astype("uint8")


RGB = Image.fromarray(picture(3))
GRAY = Image.fromarray(picture(1)[..., 0])
RGBA = Image.fromarray(picture(4), "RGBA")
PALETTE = RGB.convert("P", palette=Image.ADAPTIVE, colors=16)


def encoded(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def jpegs():
    yield "rgb.jpg", encoded(RGB, "JPEG")
    yield "rgb444.jpg", encoded(RGB, "JPEG", subsampling=0, quality=95)
    yield "rgb422.jpg", encoded(RGB, "JPEG", subsampling=1)
    yield "progressive.jpg", encoded(RGB, "JPEG", progressive=True)
    yield "restart.jpg", encoded(RGB, "JPEG", restart_marker_blocks=1)
    yield "gray.jpg", encoded(GRAY, "JPEG")
    exif = Image.Exif()
    exif[0x112] = 6
    yield "exif6.jpg", encoded(RGB, "JPEG", exif=exif.tobytes())
    cmyk = encoded(Image.fromarray(picture(4), "CMYK"), "JPEG")
    adobe = cmyk.index(b"\xff\xee\x00\x0eAdobe")
    yield "cmyk-adobe.jpg", cmyk
    yield "cmyk.jpg", cmyk[:adobe] + cmyk[adobe + 16:]
    yield "ycck.jpg", cmyk[:adobe + 15] + b"\x02" + cmyk[adobe + 16:]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples, depth, colour, extra=b"", interlaced=False):
    """`samples`: H x W x channels; depths below 8 are packed."""

    def rows(part):
        for row in part:
            flat = row.reshape(-1)
            if depth == 16:
                data = flat.astype(">u2").tobytes()
            elif depth == 8:
                data = flat.astype("u1").tobytes()
            else:
                bits = "".join(format(v, f"0{depth}b") for v in flat)
                data = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
            yield b"\0" + data

    adam7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    parts = [samples[y::dy, x::dx] for y, x, dy, dx in adam7] if interlaced else [samples]
    raw = b"".join(line for part in parts if part.size for line in rows(part))
    header = struct.pack(">IIBBBBB", W, H, depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw, 9))
            + chunk(b"IEND", b""))


def pngs():
    rng = np.random.default_rng(7)
    deep = picture(4).astype("u2") * 257 ^ rng.integers(0, 256, (H, W, 4), dtype="u2")
    colours = bytes(range(30, 60)) + bytes(range(200, 218))
    indices = (picture(1) >> 4).astype("u1")
    yield "rgb.png", png(picture(3), 8, 2)
    yield "rgb-interlaced.png", png(picture(3), 8, 2, interlaced=True)
    yield "rgb-trns.png", png(picture(3), 8, 2, chunk(b"tRNS", struct.pack(">HHH", *picture(3)[3, 4])))
    yield "rgb16.png", png(deep[..., :3], 16, 2)
    yield "rgba.png", png(picture(4), 8, 6)
    yield "rgba16.png", png(deep, 16, 6)
    yield "gray.png", png(picture(1), 8, 0)
    yield "gray1.png", png(picture(1) >> 7, 1, 0)
    yield "gray4-trns.png", png(picture(1) >> 4, 4, 0, chunk(b"tRNS", struct.pack(">H", 3)))
    yield "gray16.png", png(deep[..., :1] >> 7, 16, 0)
    yield "gray16-interlaced.png", png(deep[..., :1] >> 7, 16, 0, interlaced=True)
    yield "gray-alpha.png", png(picture(2), 8, 4)
    yield "gray-alpha16.png", png(deep[..., :2], 16, 4)
    yield "palette.png", png(indices, 8, 3, chunk(b"PLTE", colours))
    yield "palette4-trns.png", png(indices, 4, 3, chunk(b"PLTE", colours) + chunk(b"tRNS", bytes([0, 99, 255])))
    yield "palette2-interlaced.png", png(indices >> 2, 2, 3, chunk(b"PLTE", colours[:12]), interlaced=True)


def gif_with(image, interlaced=False, screen=None, left=0, top=0, transparent=None):
    """A GIF with one palette for all, around the frame data that Pillow writes."""
    data = encoded(image, "GIF", interlace=interlaced, optimize=False)
    frame = data.index(b"\x2c" + struct.pack("<HHHH", 0, 0, *image.size))
    packed = data[frame + 9]
    local = 3 * (2 << (packed & 7)) if packed & 0x80 else 0
    body = data[frame + 10 + local:]
    palette = bytes(image.getpalette()[:48])
    out = b"GIF89a" + struct.pack("<HHBBB", *(screen or image.size), 0x83, 1, 0) + palette
    if transparent is not None:
        out += b"\x21\xf9\x04\x01\0\0" + bytes([transparent]) + b"\0"
    return out + b"\x2c" + struct.pack("<HHHHB", left, top, *image.size, packed & 0x40) + body


def gifs():
    yield "plain.gif", gif_with(PALETTE)
    yield "interlaced.gif", gif_with(PALETTE, interlaced=True)
    yield "transparent.gif", gif_with(PALETTE, transparent=3)
    yield "offset.gif", gif_with(PALETTE, screen=(W + 9, H + 5), left=4, top=2)
    yield "offset-transparent.gif", gif_with(PALETTE, screen=(W + 9, H + 5), left=4, top=2, transparent=5)
    yield "beyond-screen.gif", gif_with(PALETTE, screen=(W - 6, H - 9), left=3, top=1)
    yield "animated.gif", encoded(PALETTE, "GIF", save_all=True, append_images=[GRAY.convert("P")])


def bmp(bits, compression, palette, body, height=H, masks=b""):
    offset = 54 + len(masks) + len(palette)
    return (b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset)
            + struct.pack("<IiiHHIIiiII", 40, W, height, 1, bits, compression, len(body), 0, 0, len(palette) // 4, 0)
            + masks + palette + body)


def padded(rows):
    return b"".join(row + b"\0" * (-len(row) % 4) for row in rows)


def bmps():
    indices = np.array(PALETTE)[::-1]
    colours = np.array(PALETTE.getpalette()[:48], "u1").reshape(16, 3)
    palette = b"".join(bytes([b, g, r, 0]) for r, g, b in colours)
    pixels = picture(3)
    yield "rgb24.bmp", encoded(RGB, "BMP")
    yield "rgb32.bmp", encoded(RGBA, "BMP")
    yield "topdown.bmp", bmp(24, 0, b"", padded(row[:, ::-1].tobytes() for row in pixels), -H)
    yield "gray8.bmp", encoded(GRAY, "BMP")
    yield "palette8.bmp", bmp(8, 0, palette, padded(row.tobytes() for row in indices))
    nibbles = np.pad(indices, ((0, 0), (0, 1)))
    yield "palette4.bmp", bmp(4, 0, palette, padded((r[0::2] << 4 | r[1::2]).tobytes() for r in nibbles))
    yield "palette1.bmp", bmp(1, 0, palette[:8], padded(np.packbits(r & 1).tobytes() for r in indices))
    deep = pixels[::-1].astype("u2")
    rgb555 = deep[..., 0] >> 3 << 10 | deep[..., 1] >> 3 << 5 | deep[..., 2] >> 3
    rgb565 = deep[..., 0] >> 3 << 11 | deep[..., 1] >> 2 << 5 | deep[..., 2] >> 3
    yield "rgb555.bmp", bmp(16, 0, b"", padded(row.astype("<u2").tobytes() for row in rgb555))
    yield "rgb565.bmp", bmp(16, 3, b"", padded(row.astype("<u2").tobytes() for row in rgb565),
                            masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    yield "rle8.bmp", bmp(8, 1, palette, runs(indices, 8))
    yield "rle4.bmp", bmp(4, 2, palette, runs(indices, 4))
    core = struct.pack("<IHHHH", 12, W, H, 1, 8) + b"".join(bytes([b, g, r]) for r, g, b in colours)
    core += bytes(3 * 240)
    body = padded(row.tobytes() for row in indices)
    yield "os2.bmp", b"BM" + struct.pack("<IHHI", 14 + len(core) + len(body), 0, 0, 14 + len(core)) + core + body


def runs(indices, bits):
    """Each row: a literal of 11 pixels, then runs of equal ones."""
    out = b""
    for row in indices:
        head, tail = row[:11], row[11:]
        data = head.tobytes() if bits == 8 else bytes(int(a) << 4 | int(b) for a, b in zip(head[::2], [*head[1::2], 0]))
        out += b"\0\x0b" + data + b"\0" * (len(data) % 2)
        for value in tail:
            out += bytes([1, value if bits == 8 else int(value) << 4])
        out += b"\0\0"
    return out + b"\0\1"


def webps():
    yield "lossy.webp", encoded(RGB, "WEBP", quality=80)
    yield "lossless.webp", encoded(RGB, "WEBP", lossless=True)
    yield "alpha.webp", encoded(RGBA, "WEBP", lossless=True, exact=True)
    yield "animated.webp", encoded(RGB, "WEBP", save_all=True, append_images=[GRAY.convert("RGB")], lossless=True)


def as_keras(path, mode, size, color="rgb"):
    if mode in ("nearest", "lanczos"):
        return img_to_array(load_img(path, color_mode=color, target_size=size, interpolation=mode))
    if path.endswith(PILLOW_ALWAYS) or color == "rgba" and path.endswith(".webp"):
        image = tf.constant(np.array(Image.open(path).convert(color.upper())))
    else:
        channels = len(color) if path.endswith(".png") else 3
        image = tf.io.decode_image(tf.io.read_file(path), channels=channels, expand_animations=False)
        if channels < len(color):
            image = tf.pad(image, [[0, 0], [0, 0], [0, 1]], constant_values=255)
    if mode == "crop-to-aspect-ratio":
        return resize(image, size, "bilinear", crop_to_aspect_ratio=True, data_format="channels_last").numpy()
    return tf.image.resize(image, size, mode).numpy()


for name, data in [*jpegs(), *pngs(), *gifs(), *bmps(), *webps()]:
    path = os.path.join(HERE, name)
    with open(path, "wb") as file:
        file.write(data)
    with open(path + ".pixels", "wb") as file:
        for size in sizes(name):
            for mode in MODES:
                file.write(as_keras(path, mode, size).astype("<f4").tobytes())
    if name in FOUR_CHANNELS:
        with open(path + ".rgba", "wb") as file:
            for mode in MODES:
                file.write(as_keras(path, mode, (6, 5), "rgba").astype("<f4").tobytes())

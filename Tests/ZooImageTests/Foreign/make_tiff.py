"""Writes the TIFF pictures beside this script, and what Pillow makes of them: `<picture>.png` its RGB, `<picture>.rgba.png`
its RGBA where the picture is not opaque.

Made with pillow 13.0. What Pillow does not read, or not as it is meant, is computed here: `expected` says so.
"""

import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 21, 34


def picture(channels, height=H, width=W):
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 120 * np.sin(x / (2 + k) + k) * np.cos(y / (3 + k)) for k in range(channels)]
    return np.clip(np.stack(waves, -1), 0, 255).astype("uint8")


DEEP = picture(4).astype("u2") * 257 ^ np.random.default_rng(7).integers(0, 256, (H, W, 4), dtype="u2")
PALETTE = np.random.default_rng(3).integers(256, 65536, (3, 256), dtype="u2")


def packed(samples, bits, order):
    """Rows × columns × channels, as the file has them."""
    rows = samples.reshape(len(samples), -1)
    if bits >= 8:
        return rows.astype(f"{order}u{bits // 8}").tobytes()
    flat = (rows[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(flat.reshape(len(rows), -1).astype("u1"), axis=1).tobytes()


def tiff(samples, bits, photometric, order="<", big=False, planar=False, rows=11, tile=None, zipped=False, extras=(),
         tags=()):
    """A TIFF of one page: strips of `rows`, or tiles of `tile` × `tile`; further tags are (number, type, values)."""
    height, width, channels = samples.shape
    planes = [samples[..., [c]] for c in range(channels)] if planar else [samples]
    blocks = []
    for plane in planes:
        if tile:
            fill = np.pad(plane, ((0, -height % tile), (0, -width % tile), (0, 0)))
            blocks += [fill[y:y + tile, x:x + tile] for y in range(0, height, tile) for x in range(0, width, tile)]
        else:
            blocks += [plane[y:y + rows] for y in range(0, height, rows)]
    data = [packed(block, bits, order) for block in blocks]
    if zipped:
        data = [zlib.compress(block, 9) for block in data]
    offsets, place = [], 16 if big else 8
    for block in data:
        offsets.append(place)
        place += len(block)
    place += place % 2
    fields = [(256, 3, [width]), (257, 3, [height]), (258, 3, [bits] * channels), (259, 3, [8 if zipped else 1]),
              (262, 3, [photometric]), (277, 3, [channels]), (284, 3, [2 if planar else 1])]
    fields += [(338, 3, list(extras))] if extras else []
    places, sizes = (offsets, [len(block) for block in data])
    fields += ([(322, 3, [tile]), (323, 3, [tile]), (324, 4, places), (325, 4, sizes)] if tile else
               [(273, 4, places), (278, 3, [rows]), (279, 4, sizes)])
    fields = sorted(fields + list(tags))
    inline, count_code = (8, "Q") if big else (4, "I")
    end = place + (8 if big else 2) + len(fields) * (12 + inline - 4 + (4 if big else 0)) + inline
    entries, far = b"", b""
    for number, kind, values in fields:
        raw = b"".join(struct.pack(order + {1: "B", 3: "H", 4: "I"}[kind], v) for v in values)
        if len(raw) > inline:
            pointer = end + len(far)
            far += raw + b"\0" * (len(raw) % 2)
            raw = struct.pack(order + count_code, pointer)
        entries += struct.pack(order + "HH" + count_code, number, kind, len(values)) + raw.ljust(inline, b"\0")
    head = b"II" if order == "<" else b"MM"
    head += struct.pack(order + "HHHQ", 43, 8, 0, place) if big else struct.pack(order + "HI", 42, place)
    body = b"".join(data)
    body += b"\0" * ((len(head) + len(body)) % 2)
    number = struct.pack(order + ("Q" if big else "H"), len(fields))
    return head + body + number + entries + struct.pack(order + count_code, 0) + far


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "TIFF", **options)
    return file.getvalue()


RGB = Image.fromarray(picture(3))
GRAY = Image.fromarray(picture(1)[..., 0])


def gray16(samples):
    """By its high byte."""
    return Image.fromarray((samples[..., 0] >> 8).astype("u1")).convert("RGB")


def files():
    """The name, the bytes, and what is expected where that is not Pillow's."""
    rgb, gray, alpha = picture(3), picture(1), picture(4)
    indices = gray
    colours = [(320, 3, [int(v) for v in PALETTE.reshape(-1)])]

    def few(bits):
        return [(320, 3, [int(v) for v in PALETTE[:, :1 << bits].reshape(-1)])]

    yield "rgb", tiff(rgb, 8, 2)
    yield "rgb-big-endian", tiff(rgb, 8, 2, order=">")
    yield "rgb-bigtiff", tiff(rgb, 8, 2, big=True)
    # Pillow takes it for another kind of file.
    yield "rgb-bigtiff-big-endian", tiff(rgb, 8, 2, order=">", big=True), RGB
    yield "rgb-one-strip", tiff(rgb, 8, 2, rows=H)
    yield "rgb-tiled", tiff(rgb, 8, 2, tile=16)
    yield "rgb-tiled-deflate", tiff(rgb, 8, 2, tile=16, zipped=True)
    yield "rgb-planar", tiff(rgb, 8, 2, planar=True)
    # Pillow puts every plane's tiles into the first one's places.
    yield "rgb-planar-tiled", tiff(rgb, 8, 2, planar=True, tile=16, zipped=True), RGB
    yield "rgb-deflate", tiff(rgb, 8, 2, zipped=True)
    yield "rgb-lzw", saved(RGB, compression="tiff_lzw")
    yield "rgb-lzw-predictor", saved(RGB, compression="tiff_lzw", tiffinfo={317: 2})
    yield "rgb-packbits", saved(RGB, compression="packbits")
    yield "rgb-jpeg", saved(RGB, compression="jpeg")
    yield "gray-jpeg", saved(GRAY, compression="jpeg")
    yield "cmyk-jpeg", saved(Image.fromarray(alpha, "CMYK"), compression="jpeg")
    yield "fax4", saved(GRAY.convert("1"), compression="group4")
    yield "fax3", saved(GRAY.convert("1"), compression="group3")
    yield "rgb16", tiff(DEEP[..., :3], 16, 2)
    yield "rgb16-big-endian", tiff(DEEP[..., :3], 16, 2, order=">", zipped=True)
    yield "rgba", tiff(alpha, 8, 2, extras=[2])
    yield "rgba-unsaid", tiff(alpha, 8, 2)
    yield "rgba-premultiplied", tiff(alpha, 8, 2, extras=[1])
    yield "rgba-spare", tiff(alpha, 8, 2, extras=[0])
    yield "rgba16", tiff(DEEP, 16, 2, extras=[2])
    yield "gray", tiff(gray, 8, 1)
    yield "gray-white-is-zero", tiff(gray, 8, 0)
    yield "gray-alpha", tiff(alpha[..., :2], 8, 1, extras=[2])
    for bits in (1, 2, 4):
        yield f"gray{bits}", tiff(gray >> 8 - bits, bits, 1)
        yield f"gray{bits}-white-is-zero", tiff(gray >> 8 - bits, bits, 0)
        yield f"palette{bits}", tiff(gray >> 8 - bits, bits, 3, tags=few(bits))
    yield "gray4-tiled", tiff(gray >> 4, 4, 1, tile=16)
    yield "palette", tiff(indices, 8, 3, tags=colours)
    yield "cmyk", tiff(alpha, 8, 5)
    yield "cmyk16", tiff(DEEP, 16, 5)
    # Pillow cuts all levels above 255; with `nearest` and `lanczos` so does zoo.
    yield "gray16", tiff(DEEP[..., :1], 16, 1), gray16(DEEP)
    yield "gray16-big-endian", tiff(DEEP[..., :1], 16, 1, order=">"), gray16(DEEP)
    # Pillow takes 0 for black.
    yield "gray16-white-is-zero", tiff(DEEP[..., :1], 16, 0), gray16(65535 - DEEP)
    for number in range(1, 9):
        yield f"orientation{number}", tiff(rgb, 8, 2, tags=[(274, 3, [number])])
    yield "orientation9", tiff(rgb, 8, 2, tags=[(274, 3, [9])])
    yield "pages", saved(RGB, save_all=True, append_images=[GRAY])


def write():
    for name, data, *expected in files():
        path = os.path.join(HERE, name + ".tif")
        with open(path, "wb") as file:
            file.write(data)
        rgb = expected[0] if expected else Image.open(path).convert("RGB")
        rgb.save(path + ".png", optimize=True)
        if name.startswith(("rgba", "gray-alpha")) and name != "rgba-spare":
            Image.open(path).convert("RGBA").save(path + ".rgba.png", optimize=True)
        if name in ("gray16", "gray16-big-endian"):
            Image.open(path).convert("RGB").save(path + ".nearest.png", optimize=True)


if __name__ == "__main__":
    write()

"""Makes these fixtures: pip install pillow==13.0.0 numpy, then run it in this folder.

NAME.EXT is a file, golden/NAME.EXT.rgb what it decodes to: width and height (a byte each), then RGB, row after row.
"""
import io
import os
import struct
import zlib
import numpy
from PIL import Image, ImageOps

os.makedirs("golden", exist_ok=True)
WIDTH, HEIGHT = 13, 9
generator = numpy.random.default_rng(0)


def smooth(channels, depth=8):
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [numpy.sin(x / (3 + c)) * numpy.cos(y / (2 + c)) * 0.5 + 0.5 for c in range(channels)]
    top = (1 << depth) - 1
    return numpy.rint(numpy.stack(planes, -1) * top).astype(numpy.uint32)


RGB = smooth(3).astype(numpy.uint8)
GREY = smooth(1)[..., 0].astype(numpy.uint8)
ALPHA = generator.integers(0, 256, (HEIGHT, WIDTH), dtype=numpy.uint8)


def golden(name, pixels):
    pixels = numpy.asarray(pixels, dtype=numpy.uint8)
    height, width, _ = pixels.shape
    open(f"golden/{name}.rgb", "wb").write(bytes([width, height]) + pixels.tobytes())


def on_white(rgb, alpha):
    picture = Image.merge("RGBA", [*Image.fromarray(rgb).split(), Image.fromarray(alpha)])
    white = Image.new("RGBA", picture.size, "white")
    return numpy.asarray(Image.alpha_composite(white, picture).convert("RGB"))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def packed(samples, depth):
    """Rows of a picture: filter 0, then the samples, `depth` bits each."""
    if samples.shape[0] == 0 or samples.shape[1] == 0:
        return b""
    rows = b""
    for row in samples.reshape(samples.shape[0], -1):
        bits = "".join(format(int(value), f"0{depth}b") for value in row)
        bits += "0" * (-len(bits) % 8)
        rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return rows


def png(samples, colour, depth, before=b"", after=b"", interlaced=False, size=None):
    """Written by hand: Pillow does not write all depths, nor interlaced."""
    height, width = samples.shape[:2]
    if interlaced:
        data = b"".join(packed(samples[y0::dy, x0::dx], depth) for x0, y0, dx, dy in ADAM7)
    else:
        data = packed(samples, depth)
    header = struct.pack(">IIBBBBB", *(size or (width, height)), depth, colour, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(data)) + after
        + chunk(b"IEND", b"")
    )


def save(name, data):
    open(name, "wb").write(data)


# PNG: grey of every depth; with one shade transparent.
for depth in (1, 2, 4, 8, 16):
    samples = smooth(1, depth)[..., 0]
    shown = numpy.rint(samples * 255 / ((1 << depth) - 1)).astype(numpy.uint8)
    for interlaced in (False, True):
        name = f"grey-{depth}{'-interlaced' if interlaced else ''}.png"
        save(name, png(samples, 0, depth, interlaced=interlaced))
        golden(name, numpy.stack([shown] * 3, -1))
    key = int(samples[0, 0])
    name = f"grey-{depth}-transparent.png"
    save(name, png(samples, 0, depth, before=chunk(b"tRNS", struct.pack(">H", key))))
    golden(name, on_white(numpy.stack([shown] * 3, -1), numpy.where(samples == key, 0, 255).astype(numpy.uint8)))
# Colours.
for depth in (8, 16):
    samples = smooth(3, depth)
    shown = numpy.rint(samples * 255 / ((1 << depth) - 1)).astype(numpy.uint8)
    for interlaced in (False, True):
        name = f"rgb-{depth}{'-interlaced' if interlaced else ''}.png"
        save(name, png(samples, 2, depth, interlaced=interlaced))
        golden(name, shown)
    key = samples[4, 6]
    name = f"rgb-{depth}-transparent.png"
    save(name, png(samples, 2, depth, before=chunk(b"tRNS", struct.pack(">HHH", *map(int, key)))))
    golden(name, on_white(shown, numpy.where((samples == key).all(-1), 0, 255).astype(numpy.uint8)))
    alpha = (ALPHA.astype(numpy.uint32) * (257 if depth == 16 else 1))[..., None]
    for interlaced in (False, True):
        end = "-interlaced" if interlaced else ""
        save(f"rgba-{depth}{end}.png", png(numpy.concatenate([samples, alpha], -1), 6, depth, interlaced=interlaced))
        golden(f"rgba-{depth}{end}.png", on_white(shown, ALPHA))
    grey = smooth(1, depth)
    shown = numpy.rint(grey[..., 0] * 255 / ((1 << depth) - 1)).astype(numpy.uint8)
    save(f"grey-alpha-{depth}.png", png(numpy.concatenate([grey, alpha], -1), 4, depth))
    golden(f"grey-alpha-{depth}.png", on_white(numpy.stack([shown] * 3, -1), ALPHA))
# Palettes.
for depth in (1, 2, 4, 8):
    colours = generator.integers(0, 256, (1 << depth, 3), dtype=numpy.uint8)
    samples = generator.integers(0, 1 << depth, (HEIGHT, WIDTH))
    alphas = generator.integers(0, 256, 1 << depth, dtype=numpy.uint8)
    palette = chunk(b"PLTE", colours.tobytes())
    for interlaced in (False, True):
        name = f"palette-{depth}{'-interlaced' if interlaced else ''}.png"
        save(name, png(samples, 3, depth, before=palette, interlaced=interlaced))
        golden(name, colours[samples])
    name = f"palette-{depth}-transparent.png"
    save(name, png(samples, 3, depth, before=palette + chunk(b"tRNS", alphas.tobytes())))
    golden(name, on_white(colours[samples], alphas[samples]))
# What does not change pixels.
gamma = chunk(b"gAMA", struct.pack(">I", 100000))
texts = chunk(b"tEXt", b"Comment\0a text") + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * 100000))
save("described.png", png(RGB, 2, 8, before=gamma + texts + chunk(b"iCCP", b"x\0\0no profile"), after=texts))
golden("described.png", RGB)

# JPEG.
picture = Image.fromarray(RGB)


def jpeg(name, picture, **options):
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=90, **options)
    save(name, data.getvalue())
    golden(name, numpy.asarray(ImageOps.exif_transpose(Image.open(data)).convert("RGB")))
    return data.getvalue()


base = jpeg("baseline.jpeg", picture)
jpeg("baseline-444.jpeg", picture, subsampling=0)
progressive = jpeg("progressive.jpeg", picture, progressive=True)
jpeg("restarts.jpeg", picture, restart_marker_blocks=1)
jpeg("grey.jpeg", Image.fromarray(GREY))
ink = numpy.concatenate([RGB, GREY[..., None] // 2], -1)
cmyk = jpeg("cmyk.jpeg", Image.fromarray(ink, "CMYK"))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[274] = orientation
    jpeg(f"orientation-{orientation}.jpeg", picture, exif=exif)
exif = Image.Exif()
exif[274] = 6
big_endian = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
save("orientation-6-big-endian.jpeg", base[:2] + b"\xff\xe1" + struct.pack(">H", len(big_endian) + 8) + b"Exif\0\0" + big_endian + base[2:])
turned = numpy.asarray(Image.open(io.BytesIO(base)).convert("RGB").transpose(Image.Transpose.ROTATE_270))
golden("orientation-6-big-endian.jpeg", turned)
# YCCK: the transform in Adobe's marker says that CMY stands as YCC. Both are read by Pillow.
place = cmyk.index(b"Adobe")
ycck = cmyk[: place + 11] + b"\x02" + cmyk[place + 12 :]
save("ycck.jpeg", ycck)
golden("ycck.jpeg", numpy.asarray(Image.open(io.BytesIO(ycck)).convert("RGB")))
# EXIF that is broken counts as none.
for name, exif in {
    "cut": big_endian[:14],
    "no-directory": b"II*\0\xff\xff\xff\xff",
    "no-number": big_endian[:18] + b"\0\x09" + big_endian[20:],
    "no-short": big_endian[:12] + b"\0\x02" + big_endian[14:],
    "no-tiff": b"nothing at all",
    "many-entries": b"MM\0*\0\0\0\x08\xff\xff",
}.items():
    marker = b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
    save(f"exif-{name}.jpeg", base[:2] + marker + base[2:])
    golden(f"exif-{name}.jpeg", numpy.asarray(Image.open(io.BytesIO(base)).convert("RGB")))
# The same label in the other formats.
save("orientation-6.png", png(RGB, 2, 8, before=chunk(b"eXIf", big_endian)))
golden("orientation-6.png", numpy.rot90(RGB, 3))
save("orientation-6-late.png", png(RGB, 2, 8, after=chunk(b"eXIf", big_endian)))
golden("orientation-6-late.png", numpy.rot90(RGB, 3))

# WebP.
transparent = Image.merge("RGBA", [*picture.split(), Image.fromarray(ALPHA)])


def webp(name, picture, shown, **options):
    data = io.BytesIO()
    picture.save(data, "WEBP", **options)
    save(name, data.getvalue())
    if shown is None:
        read = Image.open(data).convert("RGBA")
        shown = on_white(numpy.asarray(read)[..., :3].copy(), numpy.asarray(read)[..., 3].copy())
    golden(name, shown)
    return data.getvalue()


lossy = webp("lossy.webp", picture, None, quality=90)
lossless = webp("lossless.webp", picture, RGB, lossless=True)
webp("lossy-alpha.webp", transparent, None, quality=90)
webp("lossless-alpha.webp", transparent, on_white(RGB, ALPHA), lossless=True, exact=True)
webp("orientation-6.webp", picture, numpy.rot90(RGB, 3), lossless=True, exif=big_endian)
save("damaged.webp", lossless[:25] + bytes([lossless[25] ^ 0xFF, lossless[26] ^ 0xFF]) + lossless[27:])

# Files that are refused; their errors stand in the tests.
def animated(kind, **options):
    data = io.BytesIO()
    frames = [picture, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    frames[0].save(data, kind, save_all=True, append_images=frames[1:], **options)
    return data.getvalue()


save("animated.png", animated("PNG"))
save("animated.webp", animated("WEBP"))
save("animated.gif", animated("GIF"))
for kind in ("GIF", "BMP", "TIFF", "ICO"):
    data = io.BytesIO()
    picture.save(data, kind)
    save(f"picture.{kind.lower()}", data.getvalue())
save("huge.png", png(RGB, 2, 8, size=(30000, 30000)))
start = base.index(b"\xff\xc0") + 5
save("huge.jpeg", base[:start] + struct.pack(">HH", 30000, 30000) + base[start + 4 :])
save("beyond.jpeg", base[:start] + struct.pack(">HH", 65535, 65535) + base[start + 4 :])
save("no-height.jpeg", base[:start] + struct.pack(">HH", 0, 13) + base[start + 4 :])
save("no-size.png", png(RGB, 2, 8, size=(0, 0)))
for name, size in {"dot": (1, 1), "line": (13, 1)}.items():
    part = picture.resize(size)
    for kind in ("PNG", "JPEG", "WEBP"):
        data = io.BytesIO()
        part.save(data, kind)
        save(f"{name}.{kind.lower()}", data.getvalue())
# A progressive picture whose first scan stands in it over and over.
scan = progressive.index(b"\xff\xda")
end = progressive.index(b"\xff", scan + 2)
while progressive[end + 1] == 0:
    end = progressive.index(b"\xff", end + 2)
save("scans.jpeg", progressive[:scan] + progressive[scan:end] * 100 + progressive[scan:])

# Resizing, by Pillow: golden/NAME.FILTER.WIDTHxHEIGHT.rgb.
noise = generator.integers(0, 256, (40, 50, 3), dtype=numpy.uint8)
save("noise.png", png(noise, 2, 8))
golden("noise.png", noise)
for name, filter in {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}.items():
    for width, height in [(17, 23), (50, 23), (17, 40), (111, 90), (50, 90), (1, 1), (3, 100), (49, 41)]:
        golden(f"noise.{name}.{width}x{height}", numpy.asarray(Image.fromarray(noise).resize((width, height), filter)))

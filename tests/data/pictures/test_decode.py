"""One file to one array: formats, kinds of pixels, turns, sizes, and what is damaged."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pellucid.data.pictures.decode import decode, measure
from pellucid.data.pictures.framing import Framing
from pellucid.errors import FileError
from tests.data.pictures.conftest import noise, save


def framing(height: int = 4, width: int = 6, **options: object) -> Framing:
    return Framing(height, width, **options)  # type: ignore[arg-type]


def fault(path: Path, own: Framing | None = None) -> str:
    with pytest.raises(FileError) as caught:
        decode(path, own or framing())
    return str(caught.value)


@pytest.mark.parametrize("ending", ["png", "bmp", "webp", "PNG"])
def test_formats_without_loss_come_back_to_the_pixel(ending: str, tmp_path: Path) -> None:
    pixels = noise(4, 6)
    options = {"lossless": True, "exact": True} if ending == "webp" else {}
    path = save(tmp_path / f"a.{ending}", pixels, **options)
    found = decode(path, framing())
    assert found.dtype == np.uint8 and found.flags.c_contiguous
    np.testing.assert_array_equal(found, pixels.transpose(2, 0, 1))


def test_jpeg_comes_back_nearly(tmp_path: Path) -> None:
    pixels = np.broadcast_to(np.array([200, 60, 20], np.uint8), (8, 8, 3))
    found = decode(save(tmp_path / "a.jpg", pixels, quality=95), framing(8, 8))
    np.testing.assert_allclose(found, pixels.transpose(2, 0, 1), atol=3)


def test_a_large_jpeg_is_what_pillow_makes_of_it_whole(tmp_path: Path) -> None:
    smooth = Image.fromarray(noise(8, 8)).resize((512, 512), Image.Resampling.BICUBIC)
    path = tmp_path / "a.jpeg"
    smooth.save(path, quality=95)
    whole = Image.open(path).resize((16, 16), Image.Resampling.BILINEAR)
    found = decode(path, framing(16, 16)).transpose(1, 2, 0).astype(float)
    assert np.abs(found - np.asarray(whole, float)).mean() < 1.5


def test_of_a_moving_gif_the_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (6, 4), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    found = decode(tmp_path / "a.gif", framing())
    assert found[:, 0, 0].tolist() == [255, 0, 0] and (found == found[:, :1, :1]).all()


# The eight ways a camera may have been held, as the EXIF standard shows them: where the stored
# row 0 and column 0 are on the upright picture.
UPRIGHT = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: p.transpose(1, 0, 2)[:, ::-1],
    7: lambda p: p.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda p: p.transpose(1, 0, 2)[::-1],
}


@pytest.mark.parametrize("turn", UPRIGHT)
def test_a_picture_is_turned_as_the_camera_says(turn: int, tmp_path: Path) -> None:
    pixels = noise(4, 6)
    exif = Image.Exif()
    exif[0x0112] = turn
    path = save(tmp_path / "a.png", pixels, exif=exif)
    expected = UPRIGHT[turn](pixels)
    found = decode(path, framing(*expected.shape[:2]))
    np.testing.assert_array_equal(found, expected.transpose(2, 0, 1))
    assert measure(path) == (*expected.shape[:2], True)


def test_what_is_transparent_shows_the_background(tmp_path: Path) -> None:
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[0, :, 3] = [0, 255, 51]  # transparent, black, a fifth of black
    path = save(tmp_path / "a.png", pixels)
    assert decode(path, framing(1, 3))[0, 0].tolist() == [255, 0, 204]
    orange = decode(path, framing(1, 3, background="#ff8000"))
    assert orange[:, 0].T.tolist() == [[255, 128, 0], [0, 0, 0], [204, 102, 0]]
    grey = decode(path, framing(1, 3, color=False))
    assert grey.shape == (1, 1, 3) and grey[0, 0].tolist() == [255, 0, 204]


def test_a_palette_with_a_transparent_entry(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", transparency=bytes([0, 255]))
    found = decode(tmp_path / "a.png", framing(1, 2, background="grey"))
    assert found[:, 0].T.tolist() == [[128, 128, 128], [0, 0, 255]]
    assert measure(tmp_path / "a.png") == (1, 2, True)


@pytest.mark.parametrize("color", [True, False])
def test_grey_of_8_and_16_bits_and_black_and_white(color: bool, tmp_path: Path) -> None:
    levels = np.array([[0, 1, 128, 255]], np.uint8)
    own = framing(1, 4, color=color)
    expected = np.repeat(levels[None], 3 if color else 1, axis=0)
    np.testing.assert_array_equal(decode(save(tmp_path / "8.png", levels), own), expected)
    wide = levels.astype(np.uint16) * 257
    np.testing.assert_array_equal(decode(save(tmp_path / "16.png", wide), own), expected)
    Image.fromarray(levels > 127).save(tmp_path / "1.png")
    found = decode(tmp_path / "1.png", own)
    np.testing.assert_array_equal(found, np.where(expected > 127, 255, 0))
    for name in ("8.png", "16.png", "1.png"):
        assert measure(tmp_path / name) == (1, 4, False)


def test_16_bits_are_rounded_and_white_is_white(tmp_path: Path) -> None:
    wide = np.array([[0, 128, 129, 32768, 65535]], np.uint16)
    found = decode(save(tmp_path / "a.png", wide), framing(1, 5, color=False))
    assert found[0, 0].tolist() == [0, 0, 1, 128, 255]  # n / 257, rounded


def test_colour_becomes_grey_by_its_luma(tmp_path: Path) -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 90, 90]]], np.uint8)
    found = decode(save(tmp_path / "a.png", pixels), framing(1, 4, color=False))
    assert found[0, 0].tolist() == [76, 150, 29, 90]  # 0.299 r + 0.587 g + 0.114 b


# --- framing


def striped(tmp_path: Path, height: int, width: int) -> Path:
    """A picture whose left third is red, the middle green, the right third blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    third = width // 3
    for channel in range(3):
        pixels[:, channel * third : (channel + 1) * third, channel] = 255
    return save(tmp_path / "striped.png", pixels)


def test_crop_keeps_the_middle(tmp_path: Path) -> None:
    path = striped(tmp_path, 10, 30)
    found = decode(path, framing(10, 10))
    np.testing.assert_array_equal(found, np.array([0, 255, 0])[:, None, None] * np.ones((10, 10)))
    half = decode(path, framing(5, 15))  # the same shape, half as large: nothing is cut
    assert half[:, 2, 1].tolist() == [255, 0, 0] and half[:, 2, 13].tolist() == [0, 0, 255]


def test_pad_keeps_all_and_fills(tmp_path: Path) -> None:
    found = decode(striped(tmp_path, 10, 30), framing(30, 30, fit="pad", background="#010203"))
    assert found[:, 0, 0].tolist() == found[:, 29, 29].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(found[:, 10:20, 3].T.tolist(), [[255, 0, 0]] * 10)
    assert (found[:, 9] == np.array([[1], [2], [3]])).all()
    thin = decode(striped(tmp_path, 3, 300), framing(8, 8, fit="pad"))
    assert (thin != 255).any()


def test_stretch_fills_both_ways(tmp_path: Path) -> None:
    found = decode(striped(tmp_path, 10, 30), framing(30, 30, fit="stretch"))
    assert found[:, 15, 3].tolist() == [255, 0, 0] and found[:, 15, 26].tolist() == [0, 0, 255]
    np.testing.assert_array_equal(found[:, 0], found[:, 29])


def test_shrinking_averages(tmp_path: Path) -> None:
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    found = decode(save(tmp_path / "a.png", board.astype(np.uint8)), framing(8, 8, color=False))
    assert np.abs(found.astype(int) - 127).max() <= 3


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_any_size_becomes_any_other(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, rows: int, columns: int
) -> None:
    path = save(tmp_path_factory.mktemp("p") / "a.png", np.full((height, width, 3), 77, np.uint8))
    for fit in ("crop", "pad", "stretch"):
        found = decode(path, framing(rows, columns, fit=fit, background="#4d4d4d"))
        np.testing.assert_array_equal(found, np.full((3, rows, columns), 77))


# --- what cannot be read


def test_each_fault_is_told_in_a_few_words(tmp_path: Path) -> None:
    (tmp_path / "zero.png").touch()
    assert fault(tmp_path / "zero.png") == "is empty"
    (tmp_path / "text.jpg").write_text("no picture at all, but a text")
    assert fault(tmp_path / "text.jpg") == "is no picture, or is damaged"
    assert fault(tmp_path / "absent.png") == "is not there"
    (tmp_path / "folder.png").mkdir()
    assert fault(tmp_path / "folder.png") == "is a folder"
    os.mkfifo(tmp_path / "pipe.png")
    assert fault(tmp_path / "pipe.png") == "is not a file"
    (tmp_path / "self.png").symlink_to("self.png")
    assert fault(tmp_path / "self.png") == "cannot be opened: too many levels of symbolic links"
    whole = save(tmp_path / "a.png", noise(40, 40)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:2000])
    assert fault(tmp_path / "cut.png") == "is damaged or cut off"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.png", noise(4, 6))

    def closed(*words: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", closed)
    assert fault(path) == "may not be read: permission denied"


def test_a_format_that_is_not_in_the_list_is_not_tried(tmp_path: Path) -> None:
    Image.new("RGB", (6, 4)).save(tmp_path / "a.tiff")
    (tmp_path / "a.tiff").rename(tmp_path / "a.png")
    assert fault(tmp_path / "a.png") == "is no picture, or is damaged"


def png(width: int, height: int) -> bytes:
    """A file of a few kilobytes that says it has so many pixels, and has them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    rows = zlib.compress(bytes((width // 8 + 2) * min(height, 2000)), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"".join([
        b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""),
    ])  # fmt: skip


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png(30_000, 30_000))
    assert fault(path) == "has 900,000,000 pixels, and at most 100 million are unpacked"
    path.write_bytes(png(11_000, 10_000))
    assert fault(path) == "has 11,000 x 10,000 pixels, and at most 100 million are unpacked"


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "gif"])
def test_a_damaged_file_is_told_or_read_and_nothing_else_happens(
    ending: str, tmp_path: Path
) -> None:
    whole = save(tmp_path / f"whole.{ending}", noise(24, 31)).read_bytes()
    random = np.random.default_rng(3)
    path = tmp_path / f"a.{ending}"
    told = 0
    for round in range(150):
        broken = bytearray(whole[: random.integers(1, len(whole))] if round % 2 else whole)
        for place in random.integers(0, len(broken), 4 if round % 3 else 0):
            broken[place] = random.integers(0, 256)
        path.write_bytes(bytes(broken))
        try:
            assert decode(path, framing(5, 5)).shape == (3, 5, 5)
        except FileError:
            told += 1
    assert told > 30

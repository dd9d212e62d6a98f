"""Drawn folders: real PNG files that follow from the seed, and that a model can tell apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pellucid.data import read_pictures
from pellucid.data.pictures.chance import Chance
from pellucid.data.pictures.drawn import DRAWN, draw_folder
from pellucid.data.pictures.shapes import SHAPES, outline_of
from pellucid.errors import FileError, ParameterError, UnknownNameError

Said = Callable[[type[Exception], Callable[[], object]], str]


@pytest.mark.parametrize("name", DRAWN)
def test_a_folder_of_png_files(name: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    classes = DRAWN[name][0]
    out = tmp_path / name
    total = 3 * len(classes)
    assert draw_folder(name, out, count=3, size=20, tell=lambda *n: told.append(n)) == total
    assert told[-1] == (total, total) and len(told) == total
    data = read_pictures(out)
    assert data.class_names == classes and data.x.shape == (total, 3, 20, 20)
    assert data.files[0] == f"{classes[0]}/{classes[0]}_0001.png" and not data.notes
    with Image.open(out / data.files[0]) as image:
        assert image.format == "PNG" and image.mode == "RGB"
    assert len({row.tobytes() for row in data.x}) == total  # no two alike
    assert (data.x.std(axis=(1, 2, 3)) > 5).all()


@pytest.mark.parametrize("name", DRAWN)
def test_the_seed_decides_and_a_larger_count_only_adds(name: str, tmp_path: Path) -> None:
    for folder, count, seed in (("a", 2, 0), ("b", 3, 0), ("c", 2, 1)):
        draw_folder(name, tmp_path / folder, count=count, size=16, seed=seed)
    a, b, c = (read_pictures(tmp_path / folder) for folder in "abc")
    np.testing.assert_array_equal(
        a.x, b.x[[k for k, file in enumerate(b.files) if "3." not in file]]
    )
    assert not np.array_equal(a.x, c.x)


def test_a_rose_is_red_and_a_lotus_is_white(tmp_path: Path) -> None:
    draw_folder("flowers", tmp_path / "f", count=12, size=32)
    data = read_pictures(tmp_path / "f")
    red, green, blue = data.x.astype(float).transpose(1, 0, 2, 3)
    redness = ((red > 1.7 * green) & (red > 1.4 * blue)).mean(axis=(1, 2))
    whiteness = ((np.abs(red - blue) < 50) & (red > 120) & (green > 110)).mean(axis=(1, 2))
    rose = data.y == "red_rose"
    assert redness[rose].mean() > 2 * redness[~rose].mean()
    assert whiteness[~rose].mean() > 1.5 * whiteness[rose].mean()


@pytest.mark.parametrize("kind", SHAPES)
def test_outlines_are_of_size_1_and_lie_in_the_middle(kind: str) -> None:
    outline = outline_of(kind)
    reach = np.sqrt((outline**2).sum(axis=1)).max()
    assert 0.95 < reach <= 1.05 and np.abs(outline.mean(axis=0)).max() < 0.2


def test_outlines_have_the_areas_of_geometry() -> None:
    def area(kind: str) -> float:
        x, y = outline_of(kind).T
        return float(abs(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1))) / 2)

    assert area("square") == pytest.approx(2)  # half the diagonal is 1
    assert area("triangle") == pytest.approx(3 * np.sqrt(3) / 4)
    assert area("circle") == pytest.approx(np.pi, rel=0.01)
    assert area("star") == pytest.approx(5 * 0.42 * np.sin(np.pi / 5))
    assert area("cross") == pytest.approx(4 * 0.95 * 0.64 - 0.64**2)


def test_chance_follows_from_seed_and_purpose() -> None:
    a, b, c = Chance(1, "x"), Chance(1, "x"), Chance(1, "y")
    drawn = [[d.number(2, 5), d.whole(1, 6), d.one_of("abc"), d.happens(0.5)] for d in (a, b, c)]
    assert drawn[0] == drawn[1] != drawn[2]
    rolls = [a.whole(1, 6) for _ in range(600)]
    assert set(rolls) == set(range(1, 7))
    color = a.color((0, 0), (1, 1), (0.5, 0.5))
    np.testing.assert_allclose(color, [0.5, 0, 0])


def test_what_is_refused(tmp_path: Path, said: Said) -> None:
    out = tmp_path / "f"
    assert said(UnknownNameError, lambda: draw_folder("flower", out)) == (
        "There is no folder to draw 'flower'. Did you mean 'flowers'? Known: flowers, shapes."
    )
    assert said(ParameterError, lambda: draw_folder("shapes", out, count=0)) == (
        "shapes expects count to be a whole number at least 1 and at most 100000, got 0. count is "
        "the number of pictures of each class."
    )
    assert said(ParameterError, lambda: draw_folder("shapes", out, size=5)).startswith("shapes ")
    assert not out.exists()
    out.mkdir()
    assert said(FileError, lambda: draw_folder("shapes", out)) == (
        f"{out} is there already; expected the name of a new folder. Give another name."
    )
    assert said(FileError, lambda: draw_folder("shapes", tmp_path / "a" / "b")) == (
        f"{tmp_path / 'a' / 'b'} cannot be made: No such file or directory."
    )

"""Take pictures of the studio's pages: each page, lesson and panel, in all sizes and schemes.

They go into a folder with ``sheet.png``, which has all of them small, side by side. A page with an
error in its console is told at the end.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.studio.serving import serving  # noqa: E402 - the path is needed first
from tests.studio.watched import BROWSERS, FLAGS, Pages, Scheme, Size  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Page

OUT = ROOT / "build/screenshots"
PICTURES = ROOT / "docs/pictures"
SIZES: tuple[Size, ...] = ("desk", "phone")
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
TALLEST = 12_000
SMALL = 240
"""Pixels across of a picture on the sheet."""


Prepare: TypeAlias = "Callable[[Page], None]"


@dataclass(frozen=True)
class Shot:
    """A picture to take.

    Attributes:
        name: of its file.
        path: of the page.
        prepare: what is done on the page before.
        whole: whether all of the page is taken, and not only what the window shows.
    """

    name: str
    path: str
    prepare: Prepare
    whole: bool = False


def settled(page: Page) -> None:
    """Wait until what was asked for is there."""
    page.locator("h1").first.wait_for()
    page.wait_for_timeout(700)


def played(page: Page) -> None:
    """Learn for a moment on the first stage that can, then rest."""
    settled(page)
    play = page.locator("button.play").first
    if play.count() and play.is_visible():
        play.click()
        page.wait_for_timeout(1500)
        if play.is_visible():
            play.click()
    page.wait_for_timeout(500)


def read_through(page: Page) -> None:
    """Go through the page as a reader does, so that each stage was awake once."""
    played(page)
    for stage in page.locator(".stage").all()[1:]:
        stage.scroll_into_view_if_needed()
        page.wait_for_timeout(400)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)


def shots() -> Iterator[Shot]:
    """All pictures, in the order of the pages."""
    from pellucid.lessons import path

    yield Shot("home", "/", settled)
    yield Shot("lessons", "/lessons", settled, whole=True)
    for lesson in path():
        name = f"lesson-{lesson.number:02}-{lesson.slug}"
        yield Shot(name, f"/lessons/{lesson.number}", played)
        yield Shot(f"{name}-whole", f"/lessons/{lesson.number}", read_through, whole=True)
    yield Shot("workbench", "/workbench", settled)
    yield Shot("workbench-played", "/workbench", played)
    yield Shot("workbench-played-whole", "/workbench", played, whole=True)
    for sample, name, before in TABS:
        file = f"tab-{name.lower().replace(' ', '-')}-{sample}"
        yield Shot(file, "/workbench", tab(sample, name, before))


def tab(sample: str, name: str, before: Callable[[Page], None] | None = None) -> Prepare:
    """The workbench on a sample, played a while, with a panel open below the network.

    Parameters:
        name: of the panel's tab.
        before: what is changed on the workbench first.
    """

    def prepare(page: Page) -> None:
        settled(page)
        open_fold(page, "data")
        page.locator(f"[data-name={sample}]").click()
        page.wait_for_timeout(500)
        if before:
            before(page)
        played(page)
        page.get_by_role("tab", name=name, exact=True).click()
        page.wait_for_timeout(1200)
        if name in ("Race", "Compare"):
            page.locator(".tab-body").get_by_role("button", name=name, exact=True).click()
            page.wait_for_timeout(2500)
        page.evaluate("document.querySelector('.wb-tabs').scrollIntoView()")
        page.wait_for_timeout(300)

    return prepare


def open_fold(page: Page, name: str) -> None:
    """Unfold a part of the controls, where it is folded."""
    part = page.locator(f".fold-{name}")
    if part.get_attribute("open") is None:
        part.locator("summary").first.click()


def convolved(page: Page) -> None:
    """Add a convolution."""
    open_fold(page, "network")
    page.get_by_label("Add a layer …").select_option("Conv2D")
    page.wait_for_timeout(800)


def by_mistakes(page: Page) -> None:
    """Learn by the perceptron rule."""
    open_fold(page, "learning")
    page.get_by_label("Rule", exact=True).select_option("Perceptron")
    page.get_by_role("button", name="Begin anew with one layer").click()
    page.wait_for_timeout(500)


TABS: tuple[tuple[str, str, Callable[[Page], None] | None], ...] = (
    ("iris", "Data", None),
    ("digits", "Data", None),
    ("xor", "Truth table", None),
    ("and", "Mistake by mistake", by_mistakes),
    ("digits", "Draw a digit", None),
    ("moons", "Weights", None),
    ("moons", "Step through", None),
    ("digits", "Feature maps", convolved),
    ("iris", "Mistakes by class", None),
    ("diabetes", "Prediction and target", None),
    ("moons", "Gradients", None),
    ("moons", "Compare", None),
    ("moons", "Race", None),
    ("iris", "What counts", None),
    ("digits", "What counts", None),
    ("moons", "Activations", None),
    ("moons", "Loss surface", None),
)
"""Each panel of the workbench with data that suit it."""


BEST = ("home", "lesson-01-neuron", "workbench-played")
"""Those that go into the documents, at a desk."""


def main() -> int:
    """Take them; 1 if a page had faults."""
    parser = argparse.ArgumentParser("scripts/screenshots", description=__doc__)
    add = parser.add_argument
    add("--out", type=Path, default=OUT, help="the folder; by default build/screenshots")
    add("--only", default="", metavar="REGEX", help="only pictures whose names have this in them")
    add("--size", choices=SIZES, action="append", help="only this size")
    add("--scheme", choices=SCHEMES, action="append", help="only this scheme")
    add("--publish", action="store_true", help=f"put the best into {PICTURES.relative_to(ROOT)}")
    asked = parser.parse_args()
    chosen = [shot for shot in shots() if re.search(asked.only, shot.name)]
    if asked.publish:
        chosen = [shot for shot in shots() if shot.name in BEST]
    asked.out.mkdir(parents=True, exist_ok=True)
    made, faults = taken(chosen, asked.size or SIZES, asked.scheme or SCHEMES, asked.out)
    sheet(made, asked.out / "sheet.png")
    print(f"{len(made)} pictures, and all of them small: {asked.out / 'sheet.png'}")
    if asked.publish:
        for file in made:
            if "-desk-" in file.name:
                publish(file)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def taken(
    chosen: list[Shot], sizes: tuple[Size, ...], schemes: tuple[Scheme, ...], out: Path
) -> tuple[list[Path], list[str]]:
    """The files, and what the pages' consoles said."""
    from playwright.sync_api import Error, sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise SystemExit("There is no Chromium here. Install one (chromium on Debian).")
    made, faults = list[Path](), list[str]()
    with serving() as studio, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for shot in chosen:
            for size in sizes:
                for scheme in schemes:
                    file = out / f"{shot.name}-{size}-{scheme}.png"
                    pages = Pages(browser, studio)
                    try:
                        page = pages.open(shot.path, size, scheme, still=shot.whole)
                        shot.prepare(page)
                        take(page, shot, file)
                        made.append(file)
                    except Error as fault:
                        pages.faults.append(str(fault).splitlines()[0])
                    pages.close()
                    faults += [f"{file.stem}: {fault}" for fault in pages.faults]
        browser.close()
    return made, faults


def take(page: Page, shot: Shot, file: Path) -> None:
    """One picture."""
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    if shot.whole and height > TALLEST:
        width = int(page.evaluate("innerWidth"))
        clip = {"x": 0.0, "y": 0.0, "width": float(width), "height": float(TALLEST)}
        page.screenshot(path=file, full_page=True, clip=clip)  # type: ignore[arg-type]
    else:
        page.screenshot(path=file, full_page=shot.whole)


def sheet(files: list[Path], out: Path) -> None:
    """All pictures small on one, with their names."""
    made = []
    for file in files:
        with Image.open(file) as image:
            small = image.convert("RGB")
        small.thumbnail((SMALL, 10 * SMALL))
        made.append((file.stem, small.crop((0, 0, small.width, min(small.height, 2 * SMALL)))))
    if not made:
        return
    across = max(1, min(len(made), 8))
    rows = [made[at : at + across] for at in range(0, len(made), across)]
    heights = [max(image.height for _, image in row) + 30 for row in rows]
    whole = Image.new("RGB", (across * (SMALL + 10) + 10, sum(heights) + 10), "#888888")
    draw, top = ImageDraw.Draw(whole), 10
    for row, height in zip(rows, heights, strict=True):
        for place, (name, one) in enumerate(row):
            left = 10 + place * (SMALL + 10)
            whole.paste(one, (left, top + 14))
            draw.text((left, top), name, fill="white")
        top += height
    whole.save(out)


def publish(file: Path) -> None:
    """A picture for the documents, with few colours: a page's picture needs no more."""
    name = file.stem.replace("-desk", "")
    with Image.open(file) as image:
        few = image.convert("RGB").quantize(256, kmeans=3, dither=Image.Dither.NONE)
        few.save(PICTURES / f"studio-{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())

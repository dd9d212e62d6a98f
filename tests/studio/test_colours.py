"""Words are read easily on all that they stand on, in light and dark: 4.5 to 1, as WCAG asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "src/pellucid/studio/static/css"
PAPERS = ("sheet", "ground", "sunk")
ON_COLOUR = {"accent-ink": ("accent",), "ground": ("good",), "sheet": ("ink",)}
"""Words that stand on a colour of their own: buttons, marks of what is done, ink."""
LEAST = 4.5


def themes() -> dict[str, dict[str, str]]:
    light, dark = (CSS / "theme.css").read_text().split("@media", 1)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text)) for text in (light, dark)]
    return {"light": found[0], "dark": found[1]}


def text_colours() -> set[str]:
    """All variables of the theme that some words on a page are written in."""
    rules = "".join(file.read_text() for file in CSS.glob("*.css") if file.name != "network.css")
    words = re.findall(r"[{;\s]color: var\(--([\w-]+)\)", rules)
    drawn = re.findall(r"(?:plane-tick|plane-name|map-name)[^}]*fill: var\(--([\w-]+)\)", rules)
    return {*words, *drawn}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_are_read_easily(scheme: str) -> None:
    theme = themes()[scheme]
    assert {"ink", "ink-soft", "good", "bad", "negative-text"} <= text_colours()
    faint = {
        (name, paper): round(contrast(theme[name], theme[paper]), 2)
        for name in text_colours()
        for paper in ON_COLOUR.get(name, PAPERS)
        if contrast(theme[name], theme[paper]) < LEAST
    }
    assert faint == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sign", ["positive", "negative"])
def test_the_networks_numbers_are_read_easily(scheme: str, sign: str) -> None:
    theme = themes()[scheme]
    found = re.search(rf"--nv-{sign}-ink: .*? (\d+)%", (CSS / "network.css").read_text())
    assert found is not None
    ink = mixed(theme[sign], theme["ink"], int(found[1]) / 100)
    assert contrast(ink, theme["sheet"]) >= LEAST

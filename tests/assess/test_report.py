"""The report: what the page says is what was measured, it loads nothing, and nothing gets out."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Dense, Flatten, Network, assess, data
from pellucid.assess.cases import MOST_BYTES
from pellucid.assess.reporting import Report
from pellucid.data.arrays import count_of
from pellucid.data.dataset import Dataset
from pellucid.errors import DataError

EVIL = "<script>alert(1)</script>"


class Page(HTMLParser):
    """The elements of a page: name, attributes, text within, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str, name: str | None = None) -> list[dict[str, str | None]]:
        found = [own for kind, own in self.elements if kind == tag]
        return [own for own in found if name is None or name in own]


INERT = ["application/json", "text/plain"]
"""What the drawing of the network is told, and its program, packed: the browser runs neither."""


@pytest.fixture(scope="module")
def wine() -> Report:
    training, test = data.load("wine").split(0.4)
    net = Network(hidden=[4], seed=0)
    run = net.fit(*training, epochs=6, validation=0.2)
    return assess.report(net, test, training=training, run=run)


@pytest.fixture(scope="module")
def evil() -> Report:
    rng = np.random.default_rng(0)
    count = 120
    frame = pl.DataFrame({
        EVIL: rng.normal(size=count), "b|c": [f"{EVIL} {k % 3}" for k in range(count)],
        "y": [EVIL if k % 2 else '"\'>&' for k in range(count)],
    })  # fmt: skip
    net = Network(hidden=[3], seed=0)
    net.fit(frame, "y", epochs=2)
    return assess.report(net, frame, "y", training=(frame, "y"), name=EVIL)


def test_all_numbers_are_strict_json(wine: Report) -> None:
    row = json.loads(wine.to_json(), parse_constant=pytest.fail)
    assert row == wine.row()
    found = row["report"]
    assert found["test_rows"] == found["compared_rows"] == 71
    assert np.sum(found["counts"]) == 71
    assert {r["model"] for r in found["compared"]} == {
        "this network", "majority class", "linear model", "k nearest neighbours"
    }  # fmt: skip
    own = found["scores"][0]
    assert own["low"] <= own["value"] == row["metrics"]["accuracy"] <= own["high"]


def test_the_page_says_the_numbers_of_the_record(wine: Report) -> None:
    page, found = Page(wine.html()), wine.row()["report"]
    for row in found["compared"]:
        assert f"{100 * row['value']:.1f} %" in page.text
        assert f"{100 * row['low']:.1f} % to {100 * row['high']:.1f} %" in page.text
    for row in found["importance"]["columns"]:
        assert row["column"] in page.text
    assert f"{100 * found['calibration']['error']:.1f} points apart" in page.text
    cells = {own["aria-label"] for own in page.all("button", "aria-label")}
    assert cells == {
        f"{count_of(cell['rows'], 'row')} of {cell['true']}, taken for {cell['predicted']}"
        for cell in found["cells"]
    }


def test_the_chances_are_those_of_scikit_learns_curve() -> None:
    from sklearn.calibration import calibration_curve

    x, y = data.load("digits")
    net = Network(hidden=[4], seed=0)
    net.fit(x, y, epochs=2)
    found = assess.report(net, x, y).row()["report"]["calibration"]
    chances = net.predict_proba(x)
    right = net.predict(x) == y
    shares, means = calibration_curve(right, chances.max(axis=1), n_bins=10)
    assert [row["accuracy"] for row in found["bins"]] == pytest.approx(shares)
    assert [row["confidence"] for row in found["bins"]] == pytest.approx(means, rel=1e-6)


def test_a_cell_opens_its_own_rows(wine: Report) -> None:
    found, (_, y) = wine.row()["report"], data.load("wine").split(0.4)[1]
    for place, cell in enumerate(found["cells"]):
        opened = [int(case.name.removeprefix("row ")) for case in wine.cases.cells[place]]
        assert opened == cell["cases"]
        assert {y[k] for k in opened} == {cell["true"]}
        assert len(opened) == min(cell["rows"], 12)
        (button,) = re.findall(f'<button[^>]*data-open="cases-{place}"[^>]*>', wine.html())
        words = f"{count_of(cell['rows'], 'row')} of {cell['true']}, taken for {cell['predicted']}"
        assert f'aria-label="{words}"' in button
        panel = wine.html().split(f'id="cases-{place}"')[1].split('id="cases-')[0]
        for case in wine.cases.cells[place]:
            assert f"<td>{case.name.removeprefix('row ')}</td>" in panel


def test_the_page_loads_nothing_and_runs_only_its_own_programs(wine: Report) -> None:
    import zlib
    from base64 import b64decode, b64encode
    from hashlib import sha256

    text = wine.html()
    page = Page(text)
    for tag, own in page.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = own.get(name)
            assert value is None or value.startswith(("#", "data:image/png;base64,")), (tag, value)
    assert "url(" not in text
    assert "@import" not in text
    assert [own.get("type") for own in page.all("script")] == [*INERT, None, None]
    programs = [part.split("</script>")[0] for part in text.split("<script>")[1:]]
    packed = text.split('id="network-program" type="text/plain">')[1].split("<")[0]
    assert len(packed) < 60_000
    programs.append(zlib.decompress(b64decode(packed)).decode())
    hashed = " ".join(
        f"'sha256-{b64encode(sha256(program.encode()).digest()).decode()}'" for program in programs
    )
    (policy,) = page.all("meta", "http-equiv")
    assert policy["content"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src {hashed}; base-uri 'none'; form-action 'none'"
    )
    names = [own["id"] for _, own in page.elements if "id" in own]
    assert len(names) == len(set(names))
    for own in page.all("a", "href"):
        assert str(own["href"])[1:] in names
    for own in page.all("button", "aria-controls"):
        assert own["aria-controls"] in names
    assert not any(name.startswith("on") for _, own in page.elements for name in own)


def test_names_that_are_html_stay_text(evil: Report) -> None:
    page = Page(evil.html())
    assert [own.get("type") for own in page.all("script")] == [*INERT, None, None]
    assert EVIL in page.text
    markdown = evil.markdown()
    assert "<script" not in markdown.replace("\\<script", "")
    assert "b\\|c" in markdown


def test_the_network_is_told_as_it_is_for_the_worst_error(wine: Report) -> None:
    worst = wine.row()["report"]["worst"][0]
    told = json.loads(
        wine.html().split('id="network-told" type="application/json">')[1].split("<")[0]
    )
    assert told["sample"] == wine.cases.worst[0].name
    assert told["answer"] == worst["predicted"] and told["target"] == worst["true"]
    assert max(told["scores"]) == pytest.approx(worst["chance"], rel=1e-5)
    assert [stage["name"] for stage in told["stages"]] == ["inputs", "dense_1", "dense_2"]
    assert told["stages"][0]["labels"][0] == "alcohol"


def test_a_network_too_large_for_a_page_is_left_out() -> None:
    training, test = data.load("wine").split(0.4)
    net = Network(hidden=[2] * 30, seed=0)
    net.fit(*training, epochs=1)
    report = assess.report(net, test)
    assert report.cases.network is None
    assert [own.get("type") for own in Page(report.html()).all("script")] == [None]


def test_three_answers_come_first(wine: Report) -> None:
    text = Page(wine.html()).text
    own = wine.row()["report"]["scores"][0]
    assert f"It is right for {100 * own['value']:.1f} % of 71 rows it had not seen" in text
    assert "With care: 71 test rows are few, so the true score may be quite another." in text
    order = [text.rindex(part) for part in (
        "Is it any good?", "Can I trust it?", "What should I do next?", "How good it is",
        "Which mistakes it makes", "Do its chances come true?", "What its answers depend on",
        "How it learned", "The data", "How to do it again",
    )]  # fmt: skip
    assert order == sorted(order)
    text = wine.markdown()
    assert text.index("Is it any good?") < text.index("## How good it is")


def test_markdown_has_the_same_numbers(wine: Report) -> None:
    text, found = wine.markdown(), wine.row()["report"]
    for row in found["compared"]:
        assert f"{100 * row['value']:.1f} % | {100 * row['low']:.1f} % to" in text
    assert text.startswith("# wine: report\n")


def test_findings_are_shown_the_serious_first() -> None:
    from dataclasses import dataclass

    @dataclass
    class Finding:
        severity: str
        title: str

        def row(self) -> dict[str, Any]:
            return {
                "kind": "leak", "severity": self.severity, "title": self.title,
                "remedy": f"Leave {EVIL} out.", "columns": [EVIL], "rows": [1, 2], "count": 30,
                "detail": "found by hand",
            }  # fmt: skip

    training, test = data.load("iris").split()
    net = Network(hidden=[2], seed=0).build(*training)
    found = [Finding("note", "A note."), Finding("serious", f"{EVIL} gives the target away.")]
    report = assess.report(net, *test, audit=found)
    text = Page(report.html()).text
    assert text.index(f"{EVIL} gives the target away.") < text.index("A note.")
    assert "there is a serious finding in the data" in text
    assert f"{EVIL} gives the target away. Leave {EVIL} out." in text
    assert "Rows 1, 2 and 28 more." in text
    assert "Nothing was found" in Page(assess.report(net, *test, audit=[]).html()).text
    assert "What was found in the data" not in Page(assess.report(net, *test).html()).text


def test_numbers_have_ranges_whose_rows_open() -> None:
    training, test = data.load("diabetes").split()
    net = Network(hidden=[4], seed=0)
    net.fit(*training, epochs=3)
    report = assess.report(net, test, training=(training.x, training.y))
    found, y = report.row()["report"], test.y
    assert sum(row["rows"] for row in found["ranges"]) == len(y)
    predicted = net.predict(test.x)
    for row in found["ranges"]:
        own = (y >= row["low"]) & (y <= row["high"])
        assert own.sum() == row["rows"]
        assert row["mae"] == pytest.approx(np.abs(predicted - y)[own].mean())
        assert row["bias"] == pytest.approx((predicted - y)[own].mean())
        assert all(own[place] for place in row["cases"])
    assert sum(row["rows"] for row in found["errors"]) == len(y)
    assert np.asarray(found["points"]) == pytest.approx(np.column_stack([y, predicted]))
    worst = np.argsort(-np.abs(predicted - y))[: len(found["worst"])]
    assert [row["place"] for row in found["worst"]] == worst.tolist()
    text = Page(report.html()).text
    assert "it is off by" in text
    assert "Where it errs" in text


def test_pictures_are_thumbnails_and_capped() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((300, 40, 40)), np.arange(300) % 2
    net = Network([Flatten(), Dense()], seed=0)
    net.build(x, y)
    report = assess.report(net, x, y)
    page = Page(report.html())
    sources = [str(own["src"]) for own in page.all("img")]
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert report.record["report"]["importance"]["of"] == "pictures"
    assert len(report.html()) < 2 * MOST_BYTES


def test_200_000_rows_make_a_small_page_in_seconds() -> None:
    import time

    rng = np.random.default_rng(0)
    x = rng.normal(size=(200_000, 5))
    y = np.where(x[:, 0] + rng.normal(size=len(x)) > 0, "up", "down")
    net = Network(hidden=[4], seed=0).build(x[:2000], y[:2000])
    began = time.perf_counter()
    report = assess.report(net, x, y, training=(x[:2000], y[:2000]))
    text = report.html()
    assert time.perf_counter() - began < 60  # seconds on a machine of one's own
    assert len(text) < 500_000
    found = report.record["report"]
    assert found["test_rows"] == 200_000
    assert found["compared_rows"] == 10_000
    assert "10,000 of the 200,000 test rows, drawn at random" in Page(text).text


def test_a_report_without_targets_is_refused() -> None:
    x, y = data.load("iris")
    net = Network(hidden=[2], seed=0).build(x, y)
    with pytest.raises(DataError) as caught:
        assess.report(net, x, None)
    assert str(caught.value) == (
        "A report needs targets to compare with, and there is no y. Give y."
    )


def test_it_is_written_by_the_ending(wine: Report, tmp_path: Path) -> None:
    for name, text in (
        ("a.html", wine.html()), ("a.md", wine.markdown()), ("a.json", wine.to_json())
    ):  # fmt: skip
        wine.write(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8") == text


def test_a_notebook_shows_it_in_a_frame(wine: Report) -> None:
    page = Page(wine._repr_html_())
    ((tag, own),) = page.elements
    assert tag == "iframe"
    assert own["srcdoc"] == wine.html()
    assert own["sandbox"] == "allow-scripts"


def test_its_figures_are_plotly_figures(wine: Report) -> None:
    made = wine.figures("dark")
    assert sorted(made) == ["chances", "confusions", "importance", "learning", "scores"]
    assert made["scores"].data[0].x[0] == wine.row()["metrics"]["accuracy"]


def test_pictures_beyond_the_room_are_named_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = data.load("digits")
    net = Network(hidden=[4], seed=0)
    net.fit(x, y, epochs=1)
    kept = Dataset("digits", x, y, "classes", image_shape=(8, 8))
    whole = assess.report(net, kept)
    assert whole.cases.without_picture == 0
    monkeypatch.setattr("pellucid.assess.cases.MOST_BYTES", 3000)
    small = assess.report(net, kept)
    left = small.cases.without_picture
    assert left > 0
    drawn = {c.name: c.picture for own in small.cases.cells for c in own if c.picture}
    drawn |= {c.name: c.picture for c in small.cases.worst if c.picture}
    assert sum(map(len, drawn.values())) <= 3000
    assert all(case.picture for case in small.cases.worst)  # these come first
    wanted = f"{left:,} cases on this page are named without their picture, to keep it small."
    assert wanted in Page(small.html()).text
    assert len(small.html()) < len(whole.html())

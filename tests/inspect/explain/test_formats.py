"""The same explanation as Markdown, LaTeX and a page: well formed, and with the same numbers."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid import Network, data
from pellucid.inspect.explain import Explanation
from pellucid.inspect.explain.digits import column, fitted, place, shown
from pellucid.inspect.explain.expression import Literal, Number, Power, Product, Sum, evaluate, exp
from pellucid.inspect.explain.latex import LatexWriter
from pellucid.inspect.explain.text import written
from pellucid.inspect.trace import trace
from pellucid.nn import Conv2D, Dense, Flatten, MaxPool2D

VOID = {"meta", "br", "img", "link"}


@pytest.fixture(scope="module")
def made() -> Explanation:
    x, y = data.load("iris")
    net = Network(hidden=[3], seed=0).build(x, y)
    return trace(net, x[:2], y[:2]).explain()


@pytest.fixture(scope="module")
def pictures() -> Explanation:
    x = np.random.default_rng(0).normal(size=(4, 1, 6, 6))
    y = np.array(["<a>", "b_c", "<a>", "b_c"])
    net = Network([Conv2D(2, 3, padding="same"), MaxPool2D(), Flatten(), Dense()], seed=0)
    return trace(net.build(x, y), x[:1], y[:1]).explain()


class Reader(HTMLParser):
    """Sees that every element is closed in its turn, and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def results(own: Explanation) -> set[str]:
    found = {step.result for step in own.steps}
    return {text for text in found if "e" not in text and not text.startswith("-")}


def test_the_page_is_well_formed_and_holds_every_result(
    made: Explanation, pictures: Explanation
) -> None:
    for own in (made, pictures):
        reader = Reader()
        reader.feed(own.html())
        assert not reader.open
        assert results(own) <= set(reader.texts)
    assert "'&lt;a&gt;'" in pictures.html() and "'<a>'" not in pictures.html()
    assert own.html(page=False).startswith("<style>") and own._repr_html_() == own.html(page=False)


def test_latex_has_its_braces_and_environments_closed(
    made: Explanation, pictures: Explanation
) -> None:
    for own in (made, pictures):
        text = own.latex()
        plain = re.sub(r"\\[{}\\]", "", text)
        assert plain.count("{") == plain.count("}")
        begun = re.findall(r"\\begin\{([a-z*]+)\}", text)
        ended = re.findall(r"\\end\{([a-z*]+)\}", text)
        assert sorted(begun) == sorted(ended) and len(begun) > 20
        assert text.count(r"\left") == text.count(r"\right")
        assert not re.search(r"(?<!\\)[_^](?![{0-9a-zA-Z(])", text.replace(r"\_", ""))
        for result in results(own):
            assert result in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
def test_latex_compiles(made: Explanation, tmp_path: Path) -> None:
    (tmp_path / "made.tex").write_text(made.latex())
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "made.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.browser
@pytest.mark.parametrize("size", ["1440,900", "500,844"])
def test_a_browser_shows_the_page_within_its_width(
    pictures: Explanation, tmp_path: Path, size: str
) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no browser is installed")
    program = (
        "const root = document.documentElement, drawn = document.querySelector('mfrac');"
        "document.title = [root.scrollWidth <= innerWidth, drawn.clientHeight >= 0,"
        " document.querySelectorAll('math').length].join(' ');"
    )
    page = pictures.html().replace("</body>", f"<script>{program}</script></body>")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={size}"]
    words += ["--dump-dom", f"--user-data-dir={tmp_path}", (tmp_path / "page.html").as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    (title,) = re.findall(r"<title>(.*?)</title>", done.stdout)
    fits, drawn, count = title.split()
    assert (fits, drawn) == ("true", "true") and int(count) == page.count("<math")


def test_markdown_has_headings_formulas_and_tables(made: Explanation) -> None:
    text = made.markdown()
    assert text.startswith("# A training step, worked out\n")
    assert text.count("$$") % 2 == 0 and text.count("\n$$\n") > 20
    for line in text.splitlines():
        if line.startswith("| ") and "\\|" not in line:
            assert line.count("|") == 4, line
    for result in results(made):
        assert result in text


def test_the_record_is_plain_and_whole(made: Explanation) -> None:
    import json

    row = json.loads(json.dumps(made.row(), allow_nan=False))
    assert row["title"] == "A training step, worked out"
    count = sum(1 for _ in made.steps)

    def counted(part: dict[str, Any]) -> int:
        return ("result" in part) + sum(map(counted, part.get("parts", [])))

    assert counted(row) == count


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (0.1, "0.1"), (2 / 3, "0.666667"),
        (-123.456789, "-123.457"), (60000.0, "60000"), (1234567.0, "1234567"),
        (1 / 30000, "3.33333e-5"), (1e-12, "1e-12"), (1.5e20, "1.5e20"), (999999.5, "1e6"),
        (float("inf"), "inf"), (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_numbers_as_they_are_printed(value: float, text: str) -> None:
    assert shown(value) in (text, str(int(float(text))) if text == "1e6" else text)


def test_operands_get_more_digits_where_they_must() -> None:
    a, b = 1 / 3, 1e6 / 7
    numbers, text = fitted(Number(a) * Number(b), a * b)
    assert float(text) == pytest.approx(a * b, rel=1e-6)
    assert place(evaluate(numbers), 1) == place(float(text), 1)


def test_what_cancels_is_printed_with_fewer_digits_and_not_made_up() -> None:
    a, b = 0.1 + 0.2, 0.3
    numbers, text = fitted(Number(a) - Number(b), a - b)
    assert abs(evaluate(numbers) - float(text)) < 1e-16
    terms, total = column([1e8 / 3, -1e8 / 3 + 1e-9], 1e8 / 3 + (-1e8 / 3 + 1e-9))
    assert abs(sum(map(float, terms)) - float(total)) < 1e-6


def test_a_column_adds_up_as_it_is_printed() -> None:
    assert column([0.35, 0.0075, 0.02], 0.3775) == (["0.3500", "0.0075", "0.0200"], "0.3775")
    rng = np.random.default_rng(0)
    for _ in range(300):
        values = (rng.normal(size=rng.integers(1, 30)) * 10.0 ** rng.integers(-8, 8)).tolist()
        texts, total = column(values, float(np.sum(values)))
        digits = total.partition("e")[0]
        places = len(digits.partition(".")[2]) - int(total.partition("e")[2] or 0)
        assert abs(sum(map(float, texts)) - float(total)) <= 0.5 * 10.0**-places * (1 + 1e-6)


def test_brackets_stand_where_they_are_needed() -> None:
    minus, half = Number(-0.5, "-0.5"), Number(0.5, "0.5")
    assert written(half * minus) == "0.5 * (-0.5)"
    assert written(minus * half) == "-0.5 * 0.5"
    assert written(half + minus) == "0.5 - 0.5"
    assert written(half - minus) == "0.5 - (-0.5)"
    assert written((half + 1) * half) == "(0.5 + 1) * 0.5"
    assert written(1 / (1 + exp(-half))) == "1 / (1 + e^(-0.5))"
    assert written(1 / (1 + exp(-minus))) == "1 / (1 + e^(-(-0.5)))"
    assert written(half / (half * half)) == "0.5 / (0.5 * 0.5)"
    assert written(half - (half - 1)) == "0.5 - (0.5 - 1)"
    assert written(Power(minus, Literal(2))) == "(-0.5)^2"
    assert written(half + Product((minus, half))) == "0.5 + (-0.5 * 0.5)"
    assert written(Sum((half,))) == "0.5"
    assert LatexWriter().write(half / minus) == r"\frac{0.5}{-0.5}"

"""What scripts/check says of pages: each rule with what it finds and what it leaves alone."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_pages.py"


def loaded() -> Any:
    spec = importlib.util.spec_from_file_location("check_pages", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_pages"] = module
    spec.loader.exec_module(module)
    return module


check = loaded()

TEXTS = [
    'h("button", {class: "big"}, "Play");',
    'h("p", {}, [h("b", {}, t("a.b")), "and more"]);',
    's("text", {x: 1}, "weight");',
    'h("button", {title: "Play it"}, t("a.b"));',
    'h("button", {"aria-label": on ? "Stop" : "Play"});',
    'label.textContent = "Loss";',
    'h("tr", {}, ["The sum", "The output"].map((name) => h("th", {}, name)));',
    'node.setAttribute("aria-label", "Loss");',
    'node.append("the end");',
    "h('p', {}, `Step ${n} of ${many}`);",
    'say("This went wrong");',
    'const words = "the network has learned.";',
]
NONE = [
    'h("button", {class: "big round", type: "button"}, t("a.b"));',
    'h("span", {}, "÷", " ", "w", String(n));',
    'h("p", {}, kind === "row" ? one : two);',
    'throw new Error("No such panel is known here.");',
    'console.warn("This is for programmers.");',
    '// The user sees "Play it now."',
    'const path = "M 0 0 L 10 10";',
    'host.querySelector("button.play, [tabindex]");',
    'session.ask("Seek", {step: 1});',
    'event.key === "Enter";',
    'const style = "1px solid var(--line)";',
    'node.textContent = "";',
    "s('path', {d: `M${x} ${y}h5`});",
    'h("tr", {}, ["sum", "output"].map((name) => h("th", {}, t(`a.${name}`))));',
    "const found = /These are words [a-z]+/.exec(line);",
]


@pytest.mark.parametrize("program", TEXTS)
def test_a_text_is_found(program: str) -> None:
    found = list(check.program_faults("\n" + program))
    assert found
    for line, what in found:
        assert line == 2 and what.startswith("a text outside js/texts/: ")


@pytest.mark.parametrize("program", NONE)
def test_what_no_reader_sees_is_left_alone(program: str) -> None:
    assert list(check.program_faults(program)) == []


@pytest.mark.parametrize(
    "program", ["node.innerHTML = made;", "eval(made);", "new Function(made)", "document.write(x)"]
)
def test_markup_and_programs_from_text(program: str) -> None:
    (fault,) = check.program_faults(program)
    assert "makes markup or programs of text" in fault[1]


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("<script>go()</script>", "<script> in the page; put it into a file"),
        ("<style>p {}</style>", "<style> in the page; put it into a file"),
        ('<p style="color: red"></p>', "the attribute style; put it into a file"),
        ('<p onclick="go()"></p>', "the attribute onclick; put it into a file"),
        ('<a href="javascript:go()"></a>', "a program in the attribute href"),
        ("<p>Words</p>", "a text outside js/texts/: 'Words'"),
        ('<img alt="Words">', "a text outside js/texts/: 'Words'"),
    ],
)
def test_a_page_with_something_in_it(page: str, what: str) -> None:
    assert check.page_faults(page) == [(1, what)]


def test_a_page_of_files_alone() -> None:
    page = (
        '<!doctype html><html lang="en"><head><title>Pellucid</title>'
        '<link rel="stylesheet" href="/app.css"><script type="module" src="/js/app.js"></script>'
        "</head><body><noscript>This page needs JavaScript.</noscript><main></main></body></html>"
    )
    assert check.page_faults(page) == []


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ('import x from "https://example.org/x.js";', True),
        ("// see http://example.org", True),
        ("@import url(//example.org/a.css);", True),
        ('<script src="//example.org/a.js"></script>', True),
        ('new WebSocket(`ws://${location.host}/socket`); // "//x"', False),
        ('const SVG = "http://www.w3.org/2000/svg";', False),
        ("a = b / c; // d", False),
    ],
)
def test_addresses_of_other_hosts(text: str, bad: bool) -> None:
    assert len(list(check.address_faults(text))) == bad


def test_texts_that_are_asked_for_are_there(tmp_path: Path) -> None:
    texts = tmp_path / "js/texts/en"
    texts.mkdir(parents=True)
    (texts / "bar.js").write_text('export default {play: "Play", one: {"two": "Two {n}"}};')
    (texts / "more.js").write_text('export const axis = {up: "Up"}; export const z = {a: "A"};')
    (tmp_path / "js/app.js").write_text(
        't("axis.up"); t("z.a");'
        't("bar.play"); t("bar.one.two", {n: 3});\nt("bar.stop"); t(`bar.${name}`); t("bar." + x);'
    )
    assert list(check.faults(tmp_path)) == [f"{tmp_path}/js/app.js:2: there is no text bar.stop"]


def test_the_studio_has_none() -> None:
    assert list(check.faults(check.STATIC)) == []

"""The whole page: three answers first, then what they rest on, then how to do it again."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from pellucid.assess.cases import ShownCases
from pellucid.assess.page import data, looks, mistakes, network, scored
from pellucid.assess.page.markup import Markup, el, trusted
from pellucid.assess.words import answers

SIGNS = {"good": ("✓", "good"), "care": ("!", "with care"), "bad": ("✕", "not yet")}


def to_html(record: Mapping[str, Any], cases: ShownCases) -> str:
    """The page, in one file: style, programs and pictures are within it, and it loads nothing.

    Parameters:
        record: what ``run.json`` holds, with the evidence under "report".
        cases: the rows to be looked at.
    """
    parts = [part for part in _parts(record, cases) if part is not None]
    style, programs = _own("style.css"), [_own("program.js")]
    drawn: list[Markup] = []
    if cases.network is not None:
        style, drawn = network.looks() + style, [network.packed()]
        programs.append(network.program())
    allowed = [*programs, *([network.whole()] if drawn else [])]
    told = " ".join(f"'sha256-{_digest(program)}'" for program in allowed)
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src {told}; base-uri 'none'; form-action 'none'"
    )
    head = el(
        "head", el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{_name(record)}: report"), el("style", trusted(style)),
    )  # fmt: skip
    body = el(
        "body", _top(record, [(name, title) for name, title, _, _ in parts]),
        el("main", _answers(record), [_part(*part) for part in parts]),
        el("footer", _made(record)), drawn,
        [el("script", trusted(program)) for program in programs],
    )  # fmt: skip
    return "<!doctype html>\n" + el("html", head, body, lang="en") + "\n"


def _digest(program: str) -> str:
    """By which a page's policy allows a script."""
    return b64encode(sha256(program.encode()).digest()).decode("ascii")


def _own(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _parts(
    record: Mapping[str, Any], cases: ShownCases
) -> list[tuple[str, str, str | None, Any] | None]:
    """The parts of the page: name, heading, a line below it, content; None for what is not."""
    return [
        scored.scores(record),
        mistakes.mistakes(record, cases),
        scored.chances(record),
        network.network(cases),
        looks.importance(record, cases),
        looks.learning(record),
        data.audit(record),
        data.rows(record),
        data.again(record),
    ]


def _name(record: Mapping[str, Any]) -> str:
    told = record.get("data", {})
    name, target = told.get("name") or "A network", told.get("target")
    return f"{name}: {target}" if target else str(name)


def _top(record: Mapping[str, Any], parts: list[tuple[str, str]]) -> Markup:
    links = [el("a", title, href=f"#{name}") for name, title in parts]
    return el(
        "header", el("p", "Report on a network", class_="eyebrow"), el("h1", _name(record)),
        el("p", data.in_short(record), class_="quiet"), el("nav", links, aria_label="Parts"),
        class_="top",
    )  # fmt: skip


def _answers(record: Mapping[str, Any]) -> Markup:
    items = []
    for row in answers(record):
        sign, words = SIGNS[row["mark"]]
        mark = el("span", sign, class_="sign", aria_hidden="true")
        if row["question"].startswith("What"):
            mark = el("span", "→", class_="sign", aria_hidden="true")
            words = ""
        said = el("span", f" ({words})", class_="sr") if words else None
        heading = el("h2", mark, el("span", row["question"], said))
        items.append(el("li", heading, el("p", row["answer"]), class_=row["mark"]))
    return el("ul", items, class_="answers", aria_label="In short")


def _part(name: str, title: str, lead: str | None, content: Any) -> Markup:
    said = el("p", lead, class_="quiet") if lead else None
    return el("section", el("h2", title), said, content, class_="part", id=name)


def _made(record: Mapping[str, Any]) -> str:
    version = record.get("versions", {}).get("pellucid", "")
    return (
        f"Made by Pellucid {version}. All numbers of this page are in run.json, under “report”. It "
        "loads nothing, and nothing leaves your machine."
    )

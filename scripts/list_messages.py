"""Write docs/studio-messages.md: what the studio's page and server say to each other.

The commands are those of the closed list, with the fields that each declares. A test compares the
page with this.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from pellucid.hyper import declarations
from pellucid.studio.commands import commands
from pellucid.studio.views import VIEWS
from pellucid.studio.wire import VERSION

PAGE = Path(__file__).resolve().parent.parent / "docs" / "studio-messages.md"
INTRODUCTION = """\
# The studio's messages

The page of the [studio](studio.md) and the engine talk over one WebSocket, `/socket`, in version {version} of these
messages. This page is written by `scripts/list_messages.py` from the classes that check them.

## From the page

The first message is `{{"hello": {version}, "session": NAME}}`, with the name that the last `welcome` gave, or null for a
new session. Every other one is a command: `{{"id": 7, "do": "Seek", "step": 120}}` with a number of the page's own choice,
or the bare text `drawn` for each `status` and `view` that the page has shown: no more than three are sent ahead of it. An
unknown command or field, a missing one and a value outside its range are refused in words, and nothing is done.

## To the page

| message | when |
| --- | --- |
| `{{"type": "welcome", "version", "session", "again", "watching"}}` | first; `again` says whether the session was found, `watching` that this page may see and do nothing |
| `{{"type": "refused", "error"}}` | in place of a welcome; then the socket is closed |
| `{{"type": "reply", "id", "value"}}` | a command was done |
| `{{"type": "refusal", "id", "error"}}` | it was not; `error` is a paragraph for the reader |
| `{{"type": "status", ...}}` | where everything stands, whenever it has changed: [its fields](#the-status) |
| `{{"type": "view", "name", "step", "value"}}` | what a view shows now, for the views that the page watches |
| `{{"type": "problem", "error"}}` | something went wrong that nobody asked for |
| `{{"type": "note", "text"}}` | what is to be said of the scene that the session began with |

A `status` that is at least as new goes before each `reply` to a command: who hears the reply knows where everything stands.
Who tells again what it watches is sent what was computed last, where that still holds.

Of `status` and each view only the newest is kept until the page has room for it, so a slow page sees fewer, and training
never waits. A message with arrays in it is one binary frame: the length of its header (an unsigned number of 32 bits,
then four bytes of padding), the header as JSON in UTF-8, padded with spaces to a multiple of eight, and the bytes of the
arrays, padded alike, all little-endian. In the header an array is
`{{"$array": {{"at": 0, "dtype": "float32", "shape": [2, 3]}}}}`, `at` counted from the end of the header. It is of
`float32` for the eye, of `float64` where the page gives the numbers back as data, of `int32` or of `uint8`.

"""
ALL = ("network", "memory", "map")
LEARNING = ("network", "map")
LESSON = ("in a lesson",)
STATUS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("kind", ALL, "what is played with: `network`, `memory` or `map`"),
    (
        "revision",
        ALL,
        "another number whenever the scene, the data, the numbers of what is played with, or what is chosen of them are others",
    ),
    ("playing", ALL, "whether it goes on by itself"),
    ("pace", ALL, "steps a second; null: as many as there are"),
    ("step", ALL, "the steps that lead to what is seen; of a memory the turns of its units"),
    ("first", ALL, "the earliest step that can be gone to"),
    ("last", ALL, "the latest one"),
    (
        "epoch",
        ALL,
        "how often all rows were learned from by then; of a memory how often all units had their turn",
    ),
    ("epochs", LEARNING, "how many are planned"),
    ("over", ALL, "whether nothing of what was planned is left, or learning broke off"),
    (
        "scores",
        ALL,
        "numbers by name: of a network `loss` and its metrics, those of the rows held out with `val_` before them, while it plays of the last epoch, and none where it learns without targets; of a memory `energy`; of a map `distance`, the mean one of a sample to its unit",
    ),
    ("undo", ALL, "what `Undo` would take back, in a word or two; null: there is nothing"),
    ("redo", ALL, "what `Redo` would do again; null: there is nothing"),
    ("problem", ALL, "why learning broke off, in words; null: it did not"),
    ("chosen", LEARNING, "the number of the row that is looked at, from 0"),
    ("rows", LEARNING, "how many there are"),
    ("parameters", LEARNING, "how many numbers are learned"),
    ("lesson", ALL, "the number of the lesson that is open; null: the workbench is"),
    ("stage", LESSON, "the id of the stage that is played on"),
    ("done", LESSON, "the ids of what was done of the lesson: things to try, and questions"),
)
"""The fields of a ``status``: their names, the kinds of bench that have them, what they say."""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION.format(version=VERSION).rstrip() + "\n", *_status(), "## Commands\n"]
    for name, command in sorted(commands().items()):
        said = (command.__doc__ or "").strip().splitlines()[0]
        parts.append(f"### {name}\n\n{said}\n")
        rows = [_row(command, field) for field in dataclasses.fields(command)]
        if rows:
            parts.append("| field | what | values | default |\n| --- | --- | --- | --- |")
            parts.append("\n".join(rows) + "\n")
    parts.append("## Views\n\n| view | at most | of |\n| --- | --- | --- |")
    for name, view in sorted(VIEWS.items()):
        often = "when the scene changes" if view.still else f"{1 / view.every:.3g} a second"
        parts.append(f"| `{name}` | {often} | {', '.join(view.of)} |")
    return "\n".join(parts).rstrip() + "\n"


def _status() -> list[str]:
    """The fields of a status as a table."""
    rows = [
        f"| `{name}` | {'all' if kinds == ALL else ', '.join(kinds)} | {what} |"
        for name, kinds, what in STATUS
    ]
    head = "| field | of | what |\n| --- | --- | --- |"
    return ["## The status\n", head, "\n".join(rows) + "\n"]


def _row(command: Any, field: Any) -> str:
    declared = declarations(command).get(field.name)
    doc, values = ("", "") if declared is None else (declared.doc, _values(declared))
    default = "" if field.default is dataclasses.MISSING else f"`{field.default!r}`"
    return f"| `{field.name}` | {doc} | {values} | {default} |"


def _values(declared: Any) -> str:
    words = {tuple: "a list", "Mapping": "an object"}
    kind = words.get(declared.kind) or words.get(getattr(declared.kind, "__name__", ""))
    return kind or declared.range


if __name__ == "__main__":
    PAGE.write_text(page())

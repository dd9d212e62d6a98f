"""The page at ``/``: how to call the service with curl, and a form to try it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from pellucid.serve.openapi import description, title
from pellucid.serve.reader import Reader
from pellucid.web.refusal import Answer

STATIC = Path(__file__).parent / "static"
MOST_FIELDS = 40
LONGEST = 700
"""A row of more characters goes through a file in the examples."""


def page(told: Mapping[str, Any], reader: Reader) -> Answer:
    """The page.

    Parameters:
        told: what ``GET /model`` answers.
    """
    css, js = (_static(name) for name in ("page.css", "page.js"))
    parts = {
        "title": escape(title(told)),
        "description": escape(description(told)),
        "kind": "picture" if reader.pictures else "row",
        "fields": _fields(told, reader),
        "calls": _calls(told, reader),
        "css": css,
        "js": js,
    }
    text = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _static("page.html"))
    policy = (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(js)}'; "
        "img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    headers = (("content-security-policy", policy), ("referrer-policy", "no-referrer"))
    return Answer(text.encode("utf-8", "replace"), kind="text/html; charset=utf-8", headers=headers)


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


# --- the form


def _fields(told: Mapping[str, Any], reader: Reader) -> str:
    if reader.pictures:
        return '<label>A picture<input type="file" accept="image/*" required></label>'
    example = reader.example
    if not isinstance(example, dict) or len(example) > MOST_FIELDS:
        row = escape(json.dumps(example, ensure_ascii=False))
        return f'<label>A row, as JSON<textarea spellcheck="false">{row}</textarea></label>'
    columns = {column["name"]: column for column in told["columns"]}
    fields = [
        _field(place, columns[name], value) for place, (name, value) in enumerate(example.items())
    ]
    return f'<div class="fields">{"".join(fields)}</div>'


def _field(place: int, column: Mapping[str, Any], value: Any) -> str:
    """A field for a cell, with what training showed below it."""
    name = escape(column["name"])
    own = f'data-name="{name}" value="{escape(str(value))}" autocomplete="off"'
    hint = ""
    if column["kind"] == "number":
        if "least" in column:
            hint = f"{column['least']:.4g} to {column['greatest']:.4g} in training"
        entry = f'<input type="number" step="any" data-type="number" {own}>'
    elif isinstance(value, bool):
        kinds = (("true", column["yes"]), ("false", column["no"]), ("", "missing"))
        options = "".join(f'<option value="{v}">{escape(t)}</option>' for v, t in kinds)
        entry = f'<select data-name="{name}" data-type="boolean">{options}</select>'
    else:
        known = column.get("known") or [column[k] for k in ("no", "yes") if k in column]
        options = "".join(f'<option value="{escape(text)}"></option>' for text in known)
        entry = f'<input type="text" data-type="text" list="known-{place}" {own}>'
        entry += f'<datalist id="known-{place}">{options}</datalist>'
        hint = _hint(column, known)
    return f"<label>{name}{entry}<small>{escape(hint)}</small></label>"


def _hint(column: Mapping[str, Any], known: list[str]) -> str:
    if column["kind"] == "date":
        return f"{column['first']} to {column['last']} in training"
    if not known:
        return str(column["kind"])
    more = column.get("categories", len(known)) - 4
    return ", ".join(known[:4]) + (f" and {more:,} more" if more > 0 else "")


# --- the calls


def _calls(told: Mapping[str, Any], reader: Reader) -> str:
    if reader.pictures:
        return _call("One picture", "/predict", "image/png", "--data-binary @picture.png")
    row = json.dumps(reader.example, ensure_ascii=False)
    if len(row) > LONGEST:
        keep = "import json, sys; json.dump(json.load(sys.stdin)['example'], open('row.json', 'w'))"
        piped = escape(f'python3 -c "{keep}"')
        first = f'curl -s <span class="url">{URL}</span>/model | \\\n  {piped}'
        parts = [_block("An example row, in a file", first)]
        parts.append(_call("One row", "/predict", "application/json", "-d @row.json"))
    else:
        own = f"-d {shlex.quote(row)}"
        parts = [_call("One row", "/predict", "application/json", own)]
        batch = f"-d {shlex.quote(f'[{row}, {row}]')}"
        if len(batch) <= LONGEST:
            parts.append(_call("Many rows", "/predict/batch", "application/json", batch))
    data = "--data-binary @rows.csv"
    parts.append(_call("Many rows, as CSV", "/predict/batch", "text/csv", data))
    return "".join(parts)


URL = "http://127.0.0.1:8000"


def _call(what: str, path: str, kind: str, data: str) -> str:
    line = (
        f'curl -s <span class="url">{URL}</span>{path} \\\n'
        f"  -H 'Content-Type: {kind}' \\\n  {escape(data)}"
    )
    return _block(what, line)


def _block(what: str, line: str) -> str:
    copy = '<button type="button" class="copy">copy</button>'
    return f'<div class="call"><h3>{what}</h3>{copy}</div><pre tabindex="0">{line}</pre>'

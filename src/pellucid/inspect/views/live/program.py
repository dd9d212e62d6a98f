"""The view's program and looks as texts, for a page that has no server: a report, a notebook.

The studio's page loads the same modules one by one. Here each becomes a function that is called in
its turn: what a module exports is what the function returns.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from posixpath import dirname, join, normpath

IMPORT = re.compile(r'^import (?:\{([^}]*)\}|(\w+)) from "([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
COMMENT = re.compile(r"/\*\*(?:[^*]|\*(?!/))*\*/ ?|^[ \t]*//[^\n]*\n", re.MULTILINE)
TEXTS = "texts/en/first.js"
ONLY = 'import network from "./network.js";\nexport default { network };\n'
"""Of the page's texts those of the network alone."""
VIEW = "network/view.js"


@cache
def program(name: str = "NetworkView") -> str:
    """The view as one script: afterwards ``name`` is its class."""
    parts: list[str] = []
    made: dict[str, str] = {}
    last = _module(VIEW, parts, made)
    return "\n".join([*parts, f"const {name} = {last}.NetworkView;\n"])


@cache
def looks() -> str:
    """The view's style sheet."""
    return _read("css/network.css")


def _read(path: str) -> str:
    return files("pellucid").joinpath("studio", "static", *path.split("/")).read_text("utf-8")


def _module(path: str, parts: list[str], made: dict[str, str]) -> str:
    """Add a module, and before it those it needs; the name of what it exports."""
    if path in made:
        return made[path]
    text = ONLY if path == TEXTS else _read(f"js/{path}")
    text = COMMENT.sub("", text)
    needs = []
    for names, whole, source in IMPORT.findall(text):
        other = _module(normpath(join(dirname(path), source)), parts, made)
        wanted = names.strip().replace(" as ", ": ")
        needs.append(f"const {{ {wanted} }} = {other};" if wanted else f"const {whole} = {other};")
    text = IMPORT.sub("", text)
    gives = "{ " + ", ".join(EXPORT.findall(text)) + " }"
    text = re.sub(r"^export (?!default)", "", text, flags=re.MULTILINE)
    if "export default" in text:
        text, gives = text.replace("export default", "const $whole ="), "$whole"
    own = made[path] = f"$m{len(made)}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    parts.append(
        "\n".join([f"const {own} = (() => {{", *needs, *lines, f"return {gives};", "})();"])
    )
    return own

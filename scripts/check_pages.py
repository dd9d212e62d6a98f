"""Check the studio's pages: no text outside ``js/texts``, nothing inline, no other host.

A text is what stands where a reader sees it: a child of ``h`` or ``s``, the value of ``title``,
``aria-label`` and their like, and any other string that reads as a sentence. Words for programmers
(``new Error``, ``console``) are none. Each text that is asked for by name has to be there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from pygments.lexers.javascript import JavascriptLexer
from pygments.token import Comment, Name, Number, Punctuation, String, Text

STATIC = Path(__file__).resolve().parent.parent / "src/pellucid/studio/static"
TEXTS = "js/texts/"
LANGUAGE = "en"

SEEN = {
    "title", "placeholder", "alt", "label", "caption", "text", "aria-label", "ariaLabel",
    "aria-description", "ariaDescription", "aria-roledescription", "ariaRoleDescription",
    "aria-valuetext", "ariaValueText", "textContent", "innerText",
}  # fmt: skip
"""Attributes and properties whose value a reader sees or hears."""
TAKES_TEXT = {"append", "prepend", "replaceChildren", "createTextNode", "alert", "confirm"}
BUILDS = {"h", "s"}
FOR_PROGRAMMERS = {"Error", "TypeError", "RangeError", "console"}
MARKUP = {"innerHTML", "outerHTML", "insertAdjacentHTML", "eval", "Function", "write"}
COMPARES = {"===", "!==", "==", "!=", "case", "in"}

WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"[A-Z][a-z]* [a-z]+|[a-z]+ [a-z]+ [a-z]+.*[.?!]$|^[A-Z][a-z]+ [A-Z][a-z]+$")
ADDRESS = re.compile(r"\b(?:https?|wss?|ftp)://[\w.\[]|(?:src|href)\s*=\s*[\"']?//|url\([\"']?//")
NAMESPACE = re.compile(r"\bhttp://www\.w3\.org/(?:2000/svg|1999/xhtml|1999/xlink|1998/Math/MathML)")


@dataclass(frozen=True)
class Token:
    """A word of a program."""

    line: int
    kind: str  # "string", "template", "name", "other"
    text: str


def tokens(program: str) -> list[Token]:
    """A program's words, comments left out; of a template string the parts between the values."""
    found = []
    line = 1
    for kind, text in JavascriptLexer(stripnl=False, ensurenl=False).get_tokens(program):
        if kind in String.Interpol:
            found.append(Token(line, "other", "(" if text == "${" else ")"))
        elif kind in String.Backtick:
            found.append(Token(line, "template", text))
        elif kind in String.Single or kind in String.Double:
            found.append(Token(line, "string", text[1:-1]))
        elif kind in Name or kind not in (*Comment.subtypes, Comment, Punctuation, Number, Text):
            found.append(Token(line, "name" if re.match(r"[\w$]", text) else "other", text))
        elif kind in Punctuation or kind in Number:
            found += [Token(line, "other", sign) for sign in signs(text)]
        line += text.count("\n")
    return [one for one in found if one.text.strip()]


def signs(text: str) -> list[str]:
    """Brackets and commas one by one; numbers whole."""
    return [text] if text.strip("()[]{},;") else list(text)


@dataclass
class Frame:
    """An open bracket: who is called with it or named so, the argument at hand, an object's key.

    Attributes:
        then: the word after its end.
    """

    bracket: str
    called: str = ""
    owner: str = ""
    place: int = 0
    key: str = ""
    first: str = ""
    then: str = ""


def strings(program: str) -> Iterator[tuple[Token, list[Frame], str, str]]:
    """Each string with the brackets around it, and the words before and after it."""
    found = tokens(program)
    frames, then = [Frame("")], after_brackets(found)
    for at, token in enumerate(found):
        before = [one.text for one in found[max(at - 3, 0) : at]]
        after = found[at + 1].text if at + 1 < len(found) else ""
        top = frames[-1]
        if token.kind in ("string", "template"):
            if top.bracket == "(" and top.place == 0 and not top.first:
                top.first = token.text
            if top.bracket == "{" and after == ":" and before[-1] in "{,":
                top.key = token.text
            else:
                yield token, frames, " ".join(before), after
        elif token.text in ("(", "[", "{"):
            named = token.text == "(" and at and found[at - 1].kind == "name"
            called = found[at - 1].text if named else ""
            if token.text == "{" and before[-1:] == ["="]:
                called = before[-2]
            dotted = bool(named) and at >= 3 and found[at - 2].text == "."
            owner = found[at - 3].text if dotted else ""
            frames.append(Frame(token.text, called, owner, then=then.get(at, "")))
        elif token.text in (")", "]", "}"):
            if len(frames) > 1:
                frames.pop()
        elif token.text in (",", ";"):
            top.place += 1
            top.key = ""
        elif token.kind == "name" and top.bracket == "{" and after == ":" and before[-1] in "{,":
            top.key = token.text


def after_brackets(found: list[Token]) -> dict[int, str]:
    """The word after the end of each bracket, by the place of its beginning."""
    begun, told = list[int](), dict[int, str]()
    for at, token in enumerate(found):
        if token.text in ("(", "[", "{") and token.kind == "other":
            begun.append(at)
        elif token.text in (")", "]", "}") and token.kind == "other" and begun:
            told[begun.pop()] = found[at + 1].text if at + 1 < len(found) else ""
    return told


def is_seen(token: Token, frames: list[Frame], before: str, after: str) -> bool:
    """Whether a string is a text that a reader sees."""
    words = before.split()
    if not WORD.search(token.text) or after in COMPARES or (words and words[-1] in COMPARES):
        return False
    if any(frame.called in FOR_PROGRAMMERS or frame.owner == "console" for frame in frames):
        return False
    listed = frames[-1].bracket == "[" and frames[-1].then == "."
    if listed:  # names that something is made of, as in [...].map(...)
        return bool(SENTENCE.search(token.text))
    around = [frame for frame in frames if frame.bracket != "["]
    top = around[-1]
    if words[-1:] == ["="] and words[-2:-1] and words[-2] in SEEN:
        return True
    if top.bracket == "(" and (
        (top.called in BUILDS and top.place >= 2)
        or top.called in TAKES_TEXT
        or (top.called == "setAttribute" and top.place == 1 and top.first in SEEN)
    ):
        return True
    if top.bracket == "{" and top.key in SEEN:
        return True
    return bool(SENTENCE.search(token.text))


def program_faults(program: str) -> Iterator[tuple[int, str]]:
    """What is amiss with a module: its lines, and what stands there."""
    for token, frames, before, after in strings(program):
        if is_seen(token, frames, before, after):
            yield token.line, f"a text outside {TEXTS}: {token.text!r:.70}"
    found = tokens(program)
    for last, token in zip([Token(0, "", ""), *found], found, strict=False):
        bare = token.text in ("eval", "Function")
        if token.kind == "name" and token.text in MARKUP and (bare or last.text == "."):
            yield token.line, f"{token.text} makes markup or programs of text; build with h and s"


def keys(program: str, subject: str) -> set[str]:
    """The names of a file of texts, with dots between those of objects in objects.

    Parameters:
        subject: of what it exports without a name.
    """
    names = set()
    for _, frames, _, _ in strings(program):
        objects = [frame for frame in frames if frame.bracket == "{" and frame.key]
        path = [objects[0].called or subject, *(one.key for one in objects)] if objects else []
        names |= {".".join(path[: k + 1]) for k in range(1, len(path))}
    return names


def asked(program: str) -> Iterator[tuple[int, str]]:
    """The texts that a module asks for by their whole names."""
    for token, frames, _, after in strings(program):
        top = frames[-1]
        whole = token.kind == "string" and after in (",", ")")
        if whole and top.bracket == "(" and top.called == "t" and top.place == 0:
            yield token.line, token.text


class Page(HTMLParser):
    """Collects what may not stand in a page: texts, programs and styles in it."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[tuple[int, str]] = []
        self.open: list[str] = []

    def _add(self, what: str) -> None:
        self.faults.append((self.getpos()[0], what))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element's attributes."""
        given = dict(attrs)
        self.open.append(tag)
        if tag == "style" or (tag == "script" and "src" not in given):
            self._add(f"<{tag}> in the page; put it into a file")
        for name, value in given.items():
            if name == "style" or name.startswith("on"):
                self._add(f"the attribute {name}; put it into a file")
            if name in SEEN and WORD.search(value or ""):
                self._add(f"a text outside {TEXTS}: {value!r:.70}")
            if (value or "").strip().lower().startswith("javascript:"):
                self._add(f"a program in the attribute {name}")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Look at a text; the tab's title and what is for pages without programs stay."""
        if not {"title", "noscript", "script", "style"} & set(self.open) and WORD.search(data):
            self._add(f"a text outside {TEXTS}: {data.strip()!r:.70}")


def page_faults(page: str) -> list[tuple[int, str]]:
    """What is amiss with a page."""
    reader = Page()
    reader.feed(page)
    return reader.faults


def address_faults(text: str) -> Iterator[tuple[int, str]]:
    """Addresses of other hosts, in any file; the names of XML's namespaces are none."""
    for number, line in enumerate(text.splitlines(), 1):
        found = ADDRESS.search(NAMESPACE.sub("", line))
        if found:
            yield number, f"the address of a host: {line[found.start() :].strip():.70}"


def faults(static: Path) -> Iterator[str]:
    """All that is amiss in a folder of pages."""
    files = sorted(path for path in static.rglob("*") if path.suffix in (".js", ".html", ".css"))
    texts: set[str] = set()
    for path in sorted(static.glob(f"{TEXTS}{LANGUAGE}/*.js")):
        texts |= keys(path.read_text(encoding="utf-8"), path.stem)
    for path in files:
        text = path.read_text(encoding="utf-8")
        found = list(address_faults(text))
        if path.suffix == ".html":
            found += page_faults(text)
        elif path.suffix == ".js" and TEXTS not in path.relative_to(static).as_posix():
            found += program_faults(text)
            found += [
                (n, f"there is no text {name}") for n, name in asked(text) if name not in texts
            ]
        for line, what in sorted(found):
            yield f"{path}:{line}: {what}"


def main() -> int:
    """Print every fault found; 1 if there was any."""
    found = list(faults(STATIC))
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

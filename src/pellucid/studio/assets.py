"""The page's own files, and Plotly's, which is served from its installed package.

The page names its files with the version of them all in their paths, so that a browser that was
here before asks for none of them again, and for all of them after any has changed.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from pellucid.dataclass import dataclass

STATIC = Path(__file__).parent / "static"
INDEX = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
"""By ending; a file with another is not given out. What the system says of them is not asked:
some say that .js is plain text, and a browser then runs none of it."""
NAME = re.compile(r"(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-][A-Za-z0-9._-]*")
"""Of a file within: no dot in a folder's name, none before a file's, so that no way leads out."""
OWN = b'"/static/'
"""How the page begins the paths of its files."""


@dataclass(frozen=True)
class Given:
    """A file as it is sent.

    Attributes:
        tag: changes with the contents; a browser that has this one needs no other.
    """

    body: bytes
    kind: str
    tag: str


def static_file(name: str, folder: Path = STATIC) -> Given | None:
    """A file of the page by its name; None where there is none.

    Example:
        >>> static_file("../app.py") is None
        True
    """
    path = folder / name
    kind = TYPES.get(path.suffix)
    if kind is None or not NAME.fullmatch(name):
        return None
    try:
        if not path.resolve().is_relative_to(folder.resolve()):  # a link
            return None
        about = path.stat()
        return _read(path, kind, about.st_mtime_ns, about.st_size)
    except (OSError, ValueError):
        return None


@lru_cache(512)
def _read(path: Path, kind: str, changed: int, size: int) -> Given:
    """Read a file once, and again when it has changed."""
    body = path.read_bytes()
    return Given(body, kind, _tag(body))


VERSION = re.compile(r"v-[0-9a-f]{16}")


class Versions:
    """The page's files, with one word for how they all are now.

    Parameters:
        folder: where they are.
    """

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._now = Version((), {}, "")

    def index(self) -> Given | None:
        """The page, which names its files by their version; None where it is not there."""
        found = static_file(INDEX, self._folder)
        if found is None:
            return None
        seen = tuple(sorted(_files(self._folder)))
        if seen != self._now.seen:
            self._now = _version(self._folder, seen)
        body = found.body.replace(OWN, OWN + self._now.word.encode() + b"/")
        return Given(body, found.kind, _tag(body))

    def file(self, name: str) -> tuple[Given | None, bool]:
        """A file by its name, with or without a version; and whether that is the file's for ever.

        A page from before a change gets what there is now, and has to ask again the next time.
        """
        word, _, rest = name.partition("/")
        if not VERSION.fullmatch(word):
            return static_file(name, self._folder), False
        now, found = self._now, static_file(rest, self._folder)
        is_so = found is not None and word == now.word and now.tags.get(rest) == found.tag
        return found, is_so


@dataclass(frozen=True)
class Version:
    """The files at one time.

    Attributes:
        seen: name, time of the last change and size of each, by which a change is noticed.
        tags: by name, those that are given out.
        word: stands for the names and contents of them all.
    """

    seen: tuple[tuple[str, int, int], ...]
    tags: Mapping[str, str]
    word: str


def _version(folder: Path, seen: tuple[tuple[str, int, int], ...]) -> Version:
    given = {name: static_file(name, folder) for name, *_ in seen}
    tags = {name: found.tag for name, found in given.items() if found is not None}
    whole = "".join(f"{name} {tag}\n" for name, tag in tags.items())
    return Version(seen, tags, f"v-{hashlib.sha256(whole.encode()).hexdigest()[:16]}")


def _files(folder: Path, before: str = "") -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path), f"{before}{entry.name}/")
            else:
                about = entry.stat(follow_symlinks=False)
                yield f"{before}{entry.name}", about.st_mtime_ns, about.st_size


MAPS = re.compile(rb'!document\.getElementById\("[0-9a-f]{64}"\)')
"""Where Plotly puts 80 kB of styles for maps into the page. The studio has no maps, and its policy
would refuse them with an error in the browser's console: so the condition is made false."""


@lru_cache(2)
def plotly(*, compressed: bool) -> Given:
    """Plotly's JavaScript; compressed to a third, which takes a third of a second, once."""
    found = find_spec("plotly")
    assert found is not None and found.origin is not None  # Pellucid depends on it
    body = (Path(found.origin).parent / "package_data" / "plotly.min.js").read_bytes()
    body = MAPS.sub(b"!1", body)
    if compressed:
        body = gzip.compress(body, 6, mtime=0)
    return Given(body, TYPES[".js"], _tag(body))


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'

"""Finding picture files: a folder for each class, a CSV of paths and labels, or just some files."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from pellucid.data.arrays import count_of
from pellucid.data.pictures.decode import ENDINGS
from pellucid.data.reading.lines import check_lines
from pellucid.dataclass import dataclass
from pellucid.errors import DataError, FileError, unknown_name

MOST_NAMED = 5
TRAIN, TEST = frozenset(("train", "training")), frozenset(("test", "testing"))
WATCHED = frozenset(("val", "valid", "validation"))
HIDDEN = (".", "__MACOSX", "Thumbs.db", "desktop.ini")
KINDS = "PNG, JPEG, WebP, BMP or GIF"


@dataclass(frozen=True)
class Found:
    """Files with their labels, and what there is to say of the way to them.

    Attributes:
        given: what was asked for: the folder, or the CSV file.
        base: the folder that the names start from.
        names: the files, relative to it where they lie in it.
        labels: one a file; none where nobody asked for them.
        notes: what was passed over, in sentences.
        faults: what a strict reader refuses, in sentences.
        test: the part that its makers held back.
        target: the column of labels, where there are columns.
    """

    given: Path
    base: Path
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    test: Found | None = None
    target: str | None = None

    @property
    def paths(self) -> list[Path]:
        """Where the files are."""
        return [self.base / name for name in self.names]

    @property
    def shown(self) -> list[str]:
        """The names as text that can be written anywhere: odd bytes as backslash codes."""
        return [as_text(name) for name in self.names]


def as_text(name: str) -> str:
    """A file's name, bytes that are not UTF-8 as backslash codes."""
    return name.encode("utf-8", "backslashreplace").decode()


def is_picture(path: Path) -> bool:
    """Whether a file's name ends as a picture's does."""
    return path.suffix.lower() in ENDINGS


def is_list(path: Path) -> bool:
    """Whether a CSV file names pictures: a cell of its first row of data ends as one does."""
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            start = file.read(1 << 16)
        rows = list(islice(csv.reader(io.StringIO(start)), 2))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    return len(rows) == 2 and any(is_picture(Path(cell.strip())) for cell in rows[1])


def find_classes(folder: Path) -> Found:
    """Find the pictures of a folder with a folder for each class.

    Where the folders are called train and test (or train and val), and classes are in these, each
    part is read for itself.
    Raises: ``DataError``, ``FileError`` for a folder that has no two classes of pictures.
    """
    parts = _parts(folder)
    if not parts:
        return _classes(folder)
    train = _classes(parts[0])
    test = _classes(parts[1], learned=train.labels)
    names = tuple(f"{parts[0].name}/{name}" for name in train.names)
    held = tuple(f"{parts[1].name}/{name}" for name in test.names)
    apart = Found(parts[1], folder, held, test.labels)
    notes, faults = train.notes + test.notes, train.faults + test.faults
    return Found(folder, folder, names, train.labels, notes, faults, apart)


def _parts(folder: Path) -> tuple[Path, Path] | None:
    """The folders of training and test rows, where a folder is divided so."""
    known = {entry.name.lower(): entry for entry in _folders(folder)}
    train = next((known[name] for name in sorted(TRAIN) if name in known), None)
    test = next((known[name] for name in (*sorted(TEST), *sorted(WATCHED)) if name in known), None)
    if train is None or test is None or not set(known) <= TRAIN | TEST | WATCHED:
        return None
    spare = [name for name in known if known[name] not in (train, test)]
    if spare:
        raise DataError(
            f"{folder} has the parts {', '.join(sorted(known))}; expected two, one to learn from "
            f"and one to test with. Move {' and '.join(sorted(spare))} out of it: rows to watch "
            "are drawn from those to learn from (--validation)."
        )
    return (train, test) if _folders(train) else None


def _classes(folder: Path, learned: Sequence[str] = ()) -> Found:
    """The pictures in the folders of a folder; the folders' names are the labels."""
    classes = _folders(folder)
    loose = [entry for entry in _entries(folder) if not _is_folder(entry)]
    if not classes:
        raise DataError(f"{folder} {_without_classes(loose)}")
    _check_names(folder, [entry.name for entry in classes])
    names: list[str] = []
    labels: list[str] = []
    walk = _Walk(folder, classes, [entry.name for entry in loose])
    empty: list[str] = []
    for entry in classes:
        own = list(walk.of(entry))
        names += own
        labels += [entry.name] * len(own)
        empty += [] if own else [entry.name]
    if not names:
        raise DataError(
            f"{folder} has {count_of(len(classes), 'folder')} ({_some([e.name for e in classes])}) "
            f"and no picture in {'them' if len(classes) > 1 else 'it'}; expected {KINDS} files, "
            "their names ending so, in a folder for each class."
        )
    if len(set(labels)) == 1 and not learned:
        raise DataError(
            f"{folder} has pictures of one class only, {labels[0]}, {len(labels):,} of them; "
            "expected a folder for each of at least two classes to tell apart. Add the other."
        )
    strange = sorted(set(labels) - set(learned)) if learned else []
    if strange:
        raise DataError(
            f"{folder} has the class {strange[0]}, of which there is nothing to learn from; "
            f"expected {_some(sorted(set(learned)))}. Move it out, or add pictures to learn from."
        )
    faults = [f"The class folder {folder / name} has no pictures of its own." for name in empty]
    faults += walk.faults
    return Found(folder, folder, tuple(names), tuple(labels), walk.notes, tuple(faults))


def _without_classes(loose: Sequence[Path]) -> str:
    pictures = sum(map(is_picture, loose))
    if pictures:
        return (
            f"has {count_of(pictures, 'picture')} and no folders; expected a folder for each class "
            "with its pictures in it. Sort them into folders, or write a CSV file with the columns "
            "path and label."
        )
    held = f"has {count_of(len(loose), 'file')}" if loose else "is empty: it has no files"
    return (
        f"{held} and no folders; expected a folder for each class with {KINDS} files in it, or the "
        "four idx files of MNIST."
    )


def find_files(path: Path) -> Found:
    """Find pictures to answer for: one file, or all those in a folder and the folders in it.

    Raises: ``DataError`` for a folder without pictures; ``FileError``.
    """
    if not path.is_dir():
        return Found(path, path.parent, (path.name,))
    walk = _Walk(path, [path])
    names = tuple(walk.of(path))
    if not names:
        raise DataError(
            f"{path} has no pictures; expected {KINDS} files, their names ending so, in it or in "
            "its folders."
        )
    return Found(path, path, names, (), walk.notes, walk.faults)


def read_list(path: Path, target: str | None = None, labelled: bool = True) -> Found:
    """Read a CSV file of paths and labels; paths count from the folder the file is in.

    The column of paths is the first whose cells end as pictures do; the label is the target, else
    the last other column. Further columns are passed over.
    Raises: ``FileError`` for what is no such CSV file; ``UnknownNameError`` for a target that is
        not there; ``DataError`` for a row without a label.
    """
    header, rows = _table(path)
    at = next(k for k, cell in enumerate(rows[0]) if is_picture(Path(cell)))
    names = tuple(row[at] for row in rows)
    if not labelled:
        return Found(path, path.parent, names)
    others = [name for k, name in enumerate(header) if k != at]
    if target is not None and target not in others:
        raise unknown_name("column of labels", target, others)
    if not others:
        raise FileError(
            f"{path} has one column only, {header[at]!r}, of paths; expected another, of labels. "
            "Add it."
        )
    label = header.index(target if target is not None else others[-1])
    bare = next((line for line, row in enumerate(rows, 2) if not row[label]), None)
    if bare is not None:
        raise DataError(
            f"{path}, row {bare}, column {header[label]!r}: the label is missing; expected the "
            "name of a class. Fill it in, or drop the row."
        )
    labels = tuple(row[label] for row in rows)
    return Found(path, path.parent, names, labels, target=header[label])


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    check_lines(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = [row for row in csv.reader(io.StringIO(text), strict=True) if any(row)]
    except UnicodeDecodeError:
        raise FileError(f"{path} is not UTF-8 text. Save it as CSV in UTF-8.") from None
    except csv.Error as reason:
        raise FileError(f"{path} is not CSV: {reason}. Check the quotes around cells.") from None
    header, *rows = ([cell.strip() for cell in row] for row in table)
    for line, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise FileError(
                f"{path}, row {line} has {count_of(len(row), 'cell')}; expected {len(header)}, as "
                "in the header. Put quotes around a cell that holds a comma."
            )
    return header, rows


class _Walk:
    """Goes through folders in the order of names, into each once however it is linked."""

    def __init__(self, base: Path, roots: Sequence[Path], passed: Sequence[str] = ()) -> None:
        self.base = base
        self._passed = list(passed)
        self._closed: list[str] = []
        self._linked: list[str] = []
        self._waiting = {os.path.realpath(root) for root in roots}
        self._seen = set(self._waiting)
        self._base = Path(os.path.realpath(base))

    def of(self, root: Path) -> Iterator[str]:
        """The names of the pictures under one of the roots, relative to the base."""
        real = os.path.realpath(root)
        if real not in self._waiting:
            self._linked.append(self._name(root))
            return
        self._waiting.remove(real)
        yield from self._pictures(root)

    def _pictures(self, folder: Path) -> Iterator[str]:
        try:
            entries = _entries(folder)
        except FileError:
            self._closed.append(self._name(folder))
            return
        for entry in entries:
            if _is_folder(entry):
                yield from self._deeper(entry)
            elif is_picture(entry):
                yield self._name(entry)
            else:
                self._passed.append(self._name(entry))

    def _deeper(self, folder: Path) -> Iterator[str]:
        real = os.path.realpath(folder)
        if real in self._seen or self._base.is_relative_to(real):
            self._linked.append(self._name(folder))
            return
        self._seen.add(real)
        yield from self._pictures(folder)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over."""
        notes = []
        if self._passed:
            is_one = len(self._passed) == 1
            what = "file is no picture of a class" if is_one else "files are no pictures of a class"
            notes.append(f"{len(self._passed):,} {what}, passed over: {_some(self._passed)}.")
        if self._linked:
            is_one = len(self._linked) == 1
            what = "folder is a link" if is_one else "folders are links"
            notes.append(
                f"{len(self._linked):,} {what} to where pictures are read already, passed over: "
                f"{_some(self._linked)}."
            )
        return tuple(notes)

    @property
    def faults(self) -> tuple[str, ...]:
        """The folders that may not be read."""
        return tuple(f"The folder {self.base / name} may not be read." for name in self._closed)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.base).as_posix()


def _entries(folder: Path) -> list[Path]:
    """What is in a folder, by name, without what is hidden."""
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise FileError(f"{folder} cannot be read: {error.strerror or error}.") from None
    return [entry for entry in entries if not entry.name.startswith(HIDDEN)]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in _entries(folder) if _is_folder(entry)]


def _check_names(folder: Path, names: Sequence[str]) -> None:
    """Refuse names that are no text, and two that differ in case only: they may be meant as one."""
    known: dict[str, str] = {}
    for name in names:
        if as_text(name) != name:
            raise DataError(
                f"{as_text(str(folder))} has the class folder {as_text(name)}, whose name is not "
                "UTF-8; expected a name that a model file can keep. Rename it."
            )
        other = known.setdefault(name.casefold(), name)
        if other != name:
            raise DataError(
                f"{folder} has the class folders {other} and {name}, whose names differ in case "
                "only; expected different names. Put their pictures together, or rename one."
            )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return ", ".join(map(as_text, names[:MOST_NAMED])) + more

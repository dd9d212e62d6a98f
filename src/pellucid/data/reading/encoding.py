"""The bytes of a text file as UTF-8, whatever they were, and what they were."""

from __future__ import annotations

import codecs
from pathlib import Path

from pellucid.data.reading.signs import check_sign
from pellucid.errors import FileError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
"""Byte order marks; that of UTF-32 begins with that of UTF-16, and comes first."""
GUESSED = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp932", "gb18030", "big5", "euc_kr",
]  # fmt: skip
NAMES = {
    "cp1252": "windows-1252 (Western European)", "cp1250": "windows-1250 (Central European)",
    "cp1251": "windows-1251 (Cyrillic)", "cp1253": "windows-1253 (Greek)", "cp932": "Shift JIS",
    "gb18030": "GB 18030", "big5": "Big5", "euc_kr": "EUC-KR",
}  # fmt: skip
FEW = 24
"""With so few bytes beyond ASCII there is nothing to guess from: then it is windows-1252."""
LOOK = 1 << 16


def to_utf8(path: Path, raw: bytes) -> tuple[bytes, str]:
    """The file's text as UTF-8 without a mark, and the name of its own encoding.

    Raises: ``FileError`` for files of other kinds, for NUL characters, and for bytes that are text
        in no likely encoding.
    """
    check_sign(path, raw)
    text, name = _decoded(path, raw)
    place = text.find(b"\0")
    if place >= 0:
        raise holds_nul(path, text.count(b"\n", 0, place) + 1)
    return text, name


def holds_nul(path: Path, line: int) -> FileError:
    """The error for a byte that no text has."""
    return FileError(
        f"{path}, line {line} holds a NUL byte; expected text. It may be a binary file, or have "
        "been cut off while it was written: save it as CSV in UTF-8."
    )


def is_wide(start: bytes) -> bool:
    """Whether a file that starts so is in UTF-16 or UTF-32, whose characters have NUL bytes."""
    marked = any(start.startswith(mark) for mark, _, name in MARKS if name != "UTF-8")
    return marked or _without_mark(start) is not None


def codec_of(path: Path, head: bytes) -> str:
    """The codec of a file whose beginning this is, which may end within a character.

    Raises: ``FileError`` as ``to_utf8`` does.
    """
    check_sign(path, head)
    for mark, codec, _ in MARKS:
        if head.startswith(mark):
            return codec
    wide = _without_mark(head)
    if wide is not None:
        return wide
    whole = head[: head.rfind(b"\n") + 1] or head
    return "utf-8" if whole.isascii() or _is_utf8(whole) else _guess(whole)


def _decoded(path: Path, raw: bytes) -> tuple[bytes, str]:
    for mark, codec, name in MARKS:
        if raw.startswith(mark):
            return _recoded(path, raw, codec), name
    wide = _without_mark(raw)
    if wide is not None:
        return _recoded(path, raw, wide), "UTF-16"
    if raw.isascii() or _is_utf8(raw):
        return raw, "UTF-8"
    codec = _guess(raw)
    return _recoded(path, raw, codec), NAMES.get(codec, codec)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _recoded(path: Path, raw: bytes, codec: str) -> bytes:
    try:
        return raw.decode(codec).encode("utf-8")
    except UnicodeError as reason:
        start = getattr(reason, "start", 0)
        line = raw.count(b"\n", 0, start) + 1
        byte = raw[start] if start < len(raw) else 0
        raise FileError(
            f"{path}, line {line} holds the byte {byte:#04x}, which is neither UTF-8 nor "
            f"{NAMES.get(codec, codec)}, which the rest looks like. Save the file as CSV in UTF-8."
        ) from None


def _without_mark(raw: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of Latin text is 0."""
    head = raw[:4096]
    if len(head) < 4 or b"\0" not in head:
        return None
    for start, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = head[start::2], head[1 - start :: 2]
        if high.count(0) > 0.7 * len(high) and low.count(0) < 0.1 * len(low):
            return codec
    return None


def _guess(raw: bytes) -> str:
    """The likeliest of the older encodings, from the lines that are not plain ASCII."""
    odd = b"\n".join(line for line in raw[: LOOK * 16].split(b"\n") if not line.isascii())[:LOOK]
    if sum(byte > 127 for byte in odd) < FEW:
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(odd, cp_isolation=GUESSED).best()
    if best is None or odd.decode(best.encoding, "replace") == odd.decode("cp1252", "replace"):
        return "cp1252"  # most letters of Western languages are the same in windows-1250
    return str(best.encoding)

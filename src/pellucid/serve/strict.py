"""JSON as strangers send it: every key once, finite numbers, whole texts, no bottomless nesting."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from pellucid.web.refusal import Refused


class _Doubled(Exception):
    """An object has one key twice."""


class _NoNumber(Exception):
    """NaN or Infinity, which Python would take and JSON does not have."""


def read_json(body: bytes) -> Any:
    """The value that a body holds.

    Raises: ``Refused`` with status 400 for what is no JSON (RFC 8259), and for what a reader could
        take in two ways: a key twice, half of a surrogate pair, nesting without end.
    """
    try:
        value = _DECODER.decode(body.decode("utf-8"))
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise _bad(f"{fault.msg[:1].lower()}{fault.msg[1:]} at {place}") from None
    except _Doubled as fault:
        raise _bad(f"the key {str(fault)[:60]!r} is there twice in one object") from None
    except _NoNumber as fault:
        what = f"it holds {fault}, which JSON does not have (null stands for a missing value)"
        raise _bad(what) from None
    except UnicodeDecodeError as fault:
        raise _bad(f"its byte {fault.start + 1} is not UTF-8, as JSON has to be") from None
    except UnicodeEncodeError:
        raise _bad("a text in it holds half of a surrogate pair (\\ud800 to \\udfff)") from None
    except RecursionError:
        raise _bad("it is nested too deeply") from None
    except ValueError:  # a whole number of more digits than Python reads
        raise _bad("it holds a number of thousands of digits") from None
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Doubled(next(key for place, key in enumerate(keys) if key in keys[:place]))
    return found


def _constant(name: str) -> NoReturn:
    raise _NoNumber(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def _bad(what: str) -> Refused:
    return Refused(400, f"The body cannot be read as JSON: {what}. Send one JSON value.", ["body"])

"""JSON as strangers send it."""

from __future__ import annotations

import pytest

from pellucid.serve.strict import read_json
from pellucid.web.refusal import Refused

NONE = "which JSON does not have (null stands for a missing value)"
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "\\u00e9"]}', {"a": [1, 2.5, None, True, "\u00e9"]}),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b" 1e3 ", 1000.0),
        ("\u00e9".encode().join([b'"', b'"']), "\u00e9"),
    ],
)
def test_json_is_read(body: bytes, value: object) -> None:
    assert read_json(body) == value


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "expecting value at line 1, column 1"),
        (b'{"a": 1', "expecting ',' delimiter at line 1, column 8"),
        (b"{'a': 1}", "expecting property name enclosed in double quotes at line 1, column 2"),
        (b"[1, 2]\n[3]", "extra data at line 2, column 1"),
        (b'"a\0b"', "invalid control character at at line 1, column 3"),
        (b'{"a": 1, "b": 2, "a": 3}', "the key 'a' is there twice in one object"),
        (b'[{"x": {"b": 1, "b": 1}}]', "the key 'b' is there twice in one object"),
        (b"[NaN]", f"it holds NaN, {NONE}"),
        (b"-Infinity", f"it holds -Infinity, {NONE}"),
        (b"\xff", "its byte 1 is not UTF-8, as JSON has to be"),
        (b'"\\ud800"', "a text in it holds half of a surrogate pair (\\ud800 to \\udfff)"),
        (b'{"\\udfff": 1}', "a text in it holds half of a surrogate pair (\\ud800 to \\udfff)"),
        (DEEP, "it is nested too deeply"),
        (b'{"a":' * 100_000, "it is nested too deeply"),
        (b"9" * 5000, "it holds a number of thousands of digits"),
    ],
)  # fmt: skip
def test_all_else_is_refused_with_the_reason(body: bytes, why: str) -> None:
    with pytest.raises(Refused) as caught:
        read_json(body)
    message = f"The body cannot be read as JSON: {why}. Send one JSON value."
    assert (caught.value.status, caught.value.error) == (400, message)
    assert caught.value.where == ["body"]

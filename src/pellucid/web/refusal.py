"""What the service says: an answer, and a refusal that becomes one."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

JSON = "application/json"


class Answer(NamedTuple):
    """A response, before it is sent.

    Attributes:
        body: all of it.
        status: HTTP's.
        kind: the content type.
        headers: others, with small letters.
        last: whether the connection is closed after it.
    """

    body: bytes
    status: int = 200
    kind: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    last: bool = False


class Refused(Exception):
    """A request that is not answered, and why.

    Attributes:
        status: HTTP's, 400 or more.
        error: one clear paragraph: what was found, what was expected, what to do.
        where: the places it is about: JSON pointers into the body (``/3/age``), ``body``, the name
            of a header, ``path`` or ``method``.
    """

    def __init__(
        self, status: int, error: str, where: list[str], *,
        headers: dict[str, str] | None = None, last: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(error)
        self.status, self.error, self.where = status, error, where
        self.headers, self.last = headers or {}, last

    def answer(self) -> Answer:
        """The response that says so."""
        body = to_json({"error": self.error, "where": self.where})
        return Answer(body, self.status, headers=tuple(self.headers.items()), last=self.last)


class Gone(Exception):
    """Whoever asked is not there any more."""


def to_json(value: Any) -> bytes:
    """Strict JSON, in UTF-8."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")


def pointer(*steps: object) -> str:
    """A JSON pointer (RFC 6901).

    Example:
        >>> pointer(3, "a/b")
        '/3/a~1b'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)

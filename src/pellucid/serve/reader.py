"""What a model takes from a request: rows as JSON or CSV, or a picture.

A reader is made once for a model. It gives what the model's predictor takes, and words for what
training did not show.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from pellucid.data.arrays import Array
from pellucid.errors import DataError, FileError
from pellucid.web.refusal import Refused

LISTED = 10


class Rows(NamedTuple):
    """Rows as the predictor takes them.

    Attributes:
        x: with the axis of rows first.
        warnings: what training did not show, a sentence each.
    """

    x: Array
    warnings: tuple[str, ...] = ()


class Reader(ABC):
    """From the bodies of requests to rows.

    Attributes:
        csv: whether rows may come as CSV.
        pictures: whether a row may come as a picture's file.
    """

    csv: ClassVar[bool] = False
    pictures: ClassVar[bool] = False

    @abstractmethod
    def one(self, value: Any) -> Rows:
        """A single row, from JSON.

        Raises: ``Refused`` that names every fault.
        """

    @abstractmethod
    def many(self, values: Sequence[Any]) -> Rows:
        """Rows, from a list of JSON.

        Raises: ``Refused`` that names every fault.
        """

    def from_csv(self, body: bytes) -> Rows:
        """Rows, from CSV with a header."""
        raise NotImplementedError

    def from_picture(self, body: bytes) -> Rows:
        """A single row, from a picture's file."""
        raise NotImplementedError

    @property
    @abstractmethod
    def example(self) -> Any:
        """A row that can be sent as it is, made of what is usual in training."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a row."""

    @abstractmethod
    def columns(self) -> list[dict[str, Any]]:
        """What a row is made of."""


@contextmanager
def reading_csv() -> Iterator[Path]:
    """Within it, what is wrong with a body of CSV is a refusal; gives its name in messages."""
    try:
        yield Path("The body")
    except FileError as fault:
        raise Refused(400, str(fault), ["body"]) from None
    except DataError as fault:
        raise Refused(422, str(fault), ["body"]) from None


def passed_over(rows: Sequence[Any], known: Collection[str]) -> tuple[str, ...]:
    """Words on columns of rows that the model does not have; none where there are none.

    Example:
        >>> passed_over([{"a": 1, "b": 2}], {"a"})
        ("The model has no such column, it was passed over: 'b'",)
    """
    names = dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row)
    other = [name for name in names if name not in known]
    if not other:
        return ()
    listed = ", ".join(repr(name[:40]) for name in other[:LISTED])
    listed += f" and {len(other) - LISTED:,} more" if len(other) > LISTED else ""
    many = "columns, they were" if len(other) > 1 else "column, it was"
    return (f"The model has no such {many} passed over: {listed}",)

"""What is wrong with the rows of a request: collected over all of them, told in one paragraph."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice
from typing import Any

from pellucid.data.arrays import count_of
from pellucid.dataclass import dataclass
from pellucid.web.refusal import Refused, pointer

MOST_TOLD = 20
MOST_PLACES = 50
MOST_COMPARED = 200


@dataclass
class _Fault:
    """One fault, in the first row that has it."""

    row: int
    steps: tuple[object, ...]
    what: str
    tail: str
    rows: int = 1


class Faults:
    """The faults of a request's rows, in the order in which they were found.

    Parameters:
        single: whether the request has one row, so that no row is named.

    Example:
        >>> faults = Faults(single=False)
        >>> faults.add(0, ("age",), "'age' is missing")
        >>> faults.add(7, ("age",), "'age' is missing")
        >>> refused = faults.refusal("Correct them.")
        >>> refused.error
        "The rows do not fit the model: 'age' is missing in row 0 and 1 row more. Correct them."
        >>> refused.where
        ['/0/age']
    """

    def __init__(self, single: bool) -> None:
        self._single = single
        self._found: dict[tuple[object, ...], _Fault] = {}
        self._hinted: set[str] = set()

    def add(
        self, row: int, steps: tuple[object, ...], what: str, tail: str = "", *, kind: str = ""
    ) -> None:
        """Note a fault; of those of one kind in one place the first is told, and all are counted.

        Parameters:
            steps: the way to it within the row, none for the row as a whole.
            what, tail: what is wrong, before and after the row's number.
            kind: what tells it from others in its place; by default the tail, else what is wrong.
        """
        key = (*steps, kind or tail or what)
        known = self._found.setdefault(key, _Fault(row, steps, what, tail, 0))
        known.rows += 1

    def hint(self, name: str, given: Iterable[str]) -> str:
        """Words on the nearest of the given names; for the first few that are missed, once each.

        Looking takes time, which must not grow with what a stranger sends.
        """
        if name in self._hinted or len(self._hinted) >= MOST_TOLD:
            return ""
        self._hinted.add(name)
        near = difflib.get_close_matches(name, islice(given, MOST_COMPARED), n=1, cutoff=0.7)
        return f" (there is {near[0]!r})" if near else ""

    def __bool__(self) -> bool:
        return bool(self._found)

    def refusal(self, remedy: str) -> Refused:
        """All of it, with the places."""
        faults = list(self._found.values())
        parts = [self._part(fault) for fault in faults[:MOST_TOLD]]
        if len(faults) > MOST_TOLD:
            parts.append(f"and {len(faults) - MOST_TOLD:,} more")
        start = [() if self._single else (fault.row,) for fault in faults]
        where = [pointer(*row, *fault.steps) for row, fault in zip(start, faults, strict=True)]
        noun = "The row does" if self._single else "The rows do"
        error = f"{noun} not fit the model: {'; '.join(parts)}. {remedy}"
        return Refused(422, error, where[:MOST_PLACES])

    def _part(self, fault: _Fault) -> str:
        if self._single:
            return fault.what + fault.tail
        more = f" and {count_of(fault.rows - 1, 'row')} more" if fault.rows > 1 else ""
        return f"{fault.what} in row {fault.row}{more}{fault.tail}"


def shown(value: Any) -> str:
    """A value of JSON in a few words.

    Example:
        >>> shown(None), shown([1]), shown("a"), shown(2.5)
        ('null', 'a list', "the text 'a'", '2.5')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 40 else f"the text {value[:40]!r}..."
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else "a number of more than 20 digits"
    return f"{value:g}" if value - value == 0 else "a number beyond those of 64 bits"

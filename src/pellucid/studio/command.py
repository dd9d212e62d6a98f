"""What the page may ask: commands, each a frozen record that is checked before anything is done."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.hyper import Declared
from pellucid.records import Family, Records

if TYPE_CHECKING:
    from pellucid.studio.outbox import Outbox
    from pellucid.studio.session import Session


@dataclass(frozen=True)
class Asked(Declared, ABC):
    """Something that the page asks for.

    Its fields are what the page may send, and its record is ``{"id": 7, "do": "Seek", "step": 3}``.
    """


@dataclass(frozen=True)
class Command(Asked):
    """Something for the session; done by its own thread, between two portions."""

    @abstractmethod
    def do(self, at: Session) -> Any:
        """Do it; what it returns is the reply, plain values and arrays.

        Raises: any ``PellucidError``: the page shows its words, and nothing was changed.
        """


@dataclass(frozen=True)
class Wish(Asked):
    """Something about the page alone; done at once, by who hears it, whatever the session is at."""

    @abstractmethod
    def note(self, at: Session, page: Outbox) -> None:
        """Note it.

        Raises: any ``PellucidError``: the page shows its words, and nothing was noted.
        """


@dataclass(frozen=True)
class Later:
    """A reply that takes long: computed beside the training, by a thread of the session.

    Attributes:
        compute: gives the reply; it may look at nothing that the session changes meanwhile.
        then: done with that by the session's own thread, and gives the reply in its place.
        slow: whether it may take minutes: what is quick does not wait for it.
    """

    compute: Callable[[], Any]
    then: Callable[[Session, Any], Any] | None = None
    slow: bool = False


def read_command(text: str | bytes, known: Mapping[str, type[Asked]]) -> tuple[int, Asked]:
    """The number and the command of a message.

    Raises: ``ParameterError`` for what is no command, saying why; its ``number`` is the message's,
        where it has one.
    """
    number = -1
    try:
        record = json.loads(text)
        if not isinstance(record, dict) or "do" not in record:
            raise ParameterError('A message is an object with "id" and "do".')
        given = record.pop("id", None)
        if type(given) is not int or not 0 <= given < 2**53:
            raise ParameterError(f'The "id" of a message is a whole number, got {given!r:.60}.')
        number = given
        if not isinstance(record["do"], str) or record["do"] not in known:
            raise unknown_name("command", str(record["do"])[:60], known)
        found = Records([Family("do", Asked, known)]).decode(record, "do")
    except (ValueError, RecursionError, UnicodeDecodeError, TypeError) as fault:
        raise NotACommand(number, _worded(fault)) from None
    return number, found


def _worded(fault: Exception) -> str:
    if isinstance(fault, json.JSONDecodeError):
        return f"The message is no JSON: {fault.msg} at {fault.pos}."
    if isinstance(fault, RecursionError):
        return "The message is nested too deep."
    return str(fault)


class NotACommand(ParameterError):
    """A message that cannot be done, with its number."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number

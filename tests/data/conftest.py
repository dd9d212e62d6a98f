"""What the tests of data share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from pellucid.errors import PellucidError

Said: TypeAlias = Callable[[type[Exception], Callable[[], object]], str]


@pytest.fixture
def said() -> Said:
    """The whole message of the error, of exactly this type, that a call raises."""

    def message(kind: type[Exception], call: Callable[[], object]) -> str:
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind
        return str(caught.value)

    return message


def complaint(call: Callable[[], object]) -> str | None:
    """The message of the library's own error that a call raises, if any; others go through."""
    try:
        call()
    except PellucidError as error:
        return str(error)
    return None

"""Room for pictures in files: nothing is left behind, whatever goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.data.store import room
from pellucid.errors import DataError


def test_a_file_holds_what_is_too_much_for_memory(tmp_path: Path) -> None:
    found = room(3, (2, 4), 0, tmp_path)
    assert isinstance(found, np.memmap)
    found[:] = 7
    assert found.sum() == 7 * 24
    del found
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_no_file_is_left_where_it_cannot_be_mapped(
    fault: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def failing(*given: Any, **named: Any) -> Any:
        seen.extend(tmp_path.iterdir())
        raise fault

    monkeypatch.setattr("pellucid.data.store.np.memmap", failing)
    with pytest.raises((DataError, KeyboardInterrupt)) as caught:
        room(3, (2, 4), 0, tmp_path)
    assert len(seen) == 1
    assert list(tmp_path.iterdir()) == []
    if isinstance(fault, OSError):
        assert str(caught.value) == (
            f"3 pictures are to be kept in a file in {tmp_path}, which cannot be written: no space "
            "left on device. Give them more memory (--memory), or another folder."
        )

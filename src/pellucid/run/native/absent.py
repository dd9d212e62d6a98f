"""Where Pellucid was installed without its compiled part: telling so, once."""

from __future__ import annotations

import sys
import warnings
from threading import Lock

from pellucid.errors import EngineWarning
from pellucid.run.native.module import WHY_ABSENT

_LOCK = Lock()
_told = False


def warn_absent() -> None:
    """Warn, once a process, that training is slow here, and say how to make it fast.

    The warning names the line outside of Pellucid that led here.
    """
    global _told
    with _LOCK:
        if _told:
            return
        _told = True
    warnings.warn(
        f"Pellucid computes with NumPy here: its compiled part is missing ({WHY_ABSENT}), and "
        "training takes several times as long. Install a C++ compiler (GCC 12 or newer, or Clang) "
        "and install Pellucid again; engine='reference' says that NumPy is meant.",
        EngineWarning,
        stacklevel=_levels_to_caller(),
    )


def _levels_to_caller() -> int:
    """How far above the function that warns the first one outside of Pellucid is."""
    frame, levels = sys._getframe(1), 1
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, levels = frame.f_back, levels + 1
    return levels


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "pellucid"

"""Where Pellucid was installed without its compiled part: telling so, once."""

from __future__ import annotations

import warnings
from threading import Lock

from pellucid.run.native.module import WHY_ABSENT, native

_LOCK = Lock()
_told = False


def is_built() -> bool:
    """Whether this installation has the compiled part."""
    return native is not None


def warn_absent() -> None:
    """Warn, once a process, that training is slow here, and say how to make it fast."""
    global _told
    with _LOCK:
        if _told:
            return
        _told = True
    warnings.warn(
        f"Pellucid computes with NumPy here: its compiled part is missing ({WHY_ABSENT}), and "
        "training takes several times as long. Install a C++ compiler (such as g++ or clang) and "
        "install Pellucid again; engine='reference' says that NumPy is meant.",
        RuntimeWarning,
        stacklevel=2,
    )

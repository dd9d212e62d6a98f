"""How many threads the native engine takes."""

from __future__ import annotations

import os

from pellucid.errors import EngineError
from pellucid.run.native.module import native


def thread_count(asked: int | None = None) -> int:
    """How many threads to use: as asked, else ``PELLUCID_THREADS``, else what the machine allows.

    Never more than the CPUs that the process may use (affinity, container quota). Where a parallel
    program has set ``OMP_NUM_THREADS`` for its workers, as joblib does, that is the limit.
    Raises: ``EngineError`` for what is not a whole number from 1 on.
    """
    allowed = int(native.allowed_cpus()) if native is not None else 1
    if asked is None:
        for name in ("PELLUCID_THREADS", "OMP_NUM_THREADS"):
            text = os.environ.get(name, "")
            if text:
                asked = _positive(text, name)
                break
    elif type(asked) is not int or asked < 1:
        raise EngineError(
            f"threads must be a whole number from 1 on, got {asked!r}. Leave it out to use all "
            "CPUs that the process may use."
        )
    return allowed if asked is None else min(asked, allowed)


def _positive(text: str, name: str) -> int | None:
    outermost = text if name == "PELLUCID_THREADS" else text.split(",")[0]  # of OpenMP's levels
    if outermost.strip().isdecimal() and int(outermost) > 0:
        return int(outermost)
    if name == "PELLUCID_THREADS":
        raise EngineError(
            "The environment variable PELLUCID_THREADS must be a whole number from 1 on, got "
            f"{text!r}. Correct it, or leave it unset to use all CPUs that the process may use."
        )
    return None

"""The compiled module, or why there is none."""

from __future__ import annotations

import importlib
from typing import Any

from pellucid.errors import EngineError

native: Any = None  # pellucid._native
WHY_ABSENT = ""
try:
    native = importlib.import_module("pellucid._native")
except ImportError as reason:  # installed without a compiler
    WHY_ABSENT = str(reason)

LANES: int = native.LANES if native is not None else 16
CHAIN_OPS: dict[str, int] = native.CHAIN_OPS if native is not None else {}
KERNELS: dict[str, int] = native.KERNELS if native is not None else {}


def instruction_set() -> str:
    """The vector instructions in use.

    Raises: ``EngineError`` where ``PELLUCID_ISA`` asks for what this machine or build has not.
    """
    try:
        return str(native.isa())
    except ValueError as error:
        raise EngineError(str(error)) from None


def is_built() -> bool:
    """Whether this installation has the compiled part."""
    return native is not None

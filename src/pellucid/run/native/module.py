"""The compiled module, or why there is none."""

from __future__ import annotations

from typing import Any

try:
    from pellucid import _native as native
except ImportError as reason:  # built without a compiler
    native: Any = None  # type: ignore[no-redef]
    WHY_ABSENT = str(reason)
else:
    WHY_ABSENT = ""

CHAIN_OPS: dict[str, int] = native.CHAIN_OPS if native is not None else {}

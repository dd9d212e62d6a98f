"""What an estimator shows while it learns: a bar in a terminal, else a line an epoch."""

from __future__ import annotations

import sys
from typing import Any

from pellucid.learn.events import EpochDone, Event
from pellucid.models.progress import words


def shown(verbose: Any) -> dict[str, Any]:
    """The arguments of ``Network.fit`` that ``verbose`` stands for."""
    if not verbose or sys.stderr.isatty():
        return {"progress": bool(verbose)}
    return {"progress": False, "on_event": _line}


def _line(event: Event) -> None:
    if isinstance(event, EpochDone):
        print(f"epoch {event.epoch}: {words(event.values)}", file=sys.stderr)

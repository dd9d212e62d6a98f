"""A length of time on the command line: 60s, 5m, 2h, or plain seconds."""

from __future__ import annotations

import re
from typing import Any

import click

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
LEAST, MOST = 1.0, 30 * 24 * 3600.0


class Seconds(click.ParamType[float]):
    """A length of time, from a second to thirty days.

    Example:
        >>> Seconds().convert("1.5m", None, None)
        90.0
    """

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the time, in seconds."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh]?)\s*", str(value).lower())
        seconds = float(found[1]) * UNITS[found[2]] if found else 0.0
        if not LEAST <= seconds <= MOST:
            self.fail(
                f"{value!r} is no length of time; expected one from 1 second to 30 days, such as "
                "60s, 5m, 2h or 90 (seconds).",
                param,
                ctx,
            )
        return seconds

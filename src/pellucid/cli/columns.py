"""The names of a CSV file's columns, without reading its rows."""

from __future__ import annotations

import csv
from pathlib import Path


def header_of(path: str) -> list[str]:
    """The names in the first line of a CSV file; what else is wrong with it, its reader says."""
    with Path(path).open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return [cell.strip() for cell in next(csv.reader(file), [])]

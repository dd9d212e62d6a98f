"""``pellucid train --missing COLUMN=drop``: rows that are left out, and said so."""

from __future__ import annotations

from dataclasses import replace

from pellucid.cli.asked import Asked
from pellucid.cli.output import warn
from pellucid.data.columns.missing import check_policies, complete_rows
from pellucid.data.dataset import Dataset
from pellucid.data.frame import Table


def without_gaps(dataset: Dataset, asked: Asked) -> Dataset:
    """The data without the rows that are to be dropped for a missing value, before any division."""
    if not asked.missing or not isinstance(dataset.x, Table):
        return dataset
    check_policies(asked.missing, dataset.x.columns)
    rows = complete_rows(dataset.x, asked.missing)
    if rows is None:
        return dataset
    chosen = ", ".join(name for name, policy in asked.missing.items() if policy == "drop")
    gone = len(dataset) - len(rows)
    note = f"{gone:,} of {len(dataset):,} rows are left out: they have no value in {chosen}."
    warn(f"Warning: {note}")
    return replace(dataset.take(rows), test=dataset.test, notes=(*dataset.notes, note))

"""Where a model came from: what its file and ``run.json`` say of the data."""

from __future__ import annotations

import contextlib
import dataclasses
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.cli.asked import Asked
    from pellucid.data.dataset import Dataset
    from pellucid.models.network import Network
    from pellucid.run.executor import Executor


def describe(dataset: Dataset, parts: Parts, asked: Asked, network: Network) -> dict[str, Any]:
    """What the model's file and ``run.json`` say of the data."""
    return {
        "name": dataset.name,
        "given": asked.data,
        "target": dataset.target,
        "targets": list(dataset.targets),
        "kind": dataset.kind,
        "features": [] if dataset.image_shape else list(dataset.feature_names),
        "classes": list(dataset.class_names or ()),
        "picture": list(dataset.image_shape or ()),
        "notes": list(dataset.notes),
        "training_rows": len(parts.training),
        "validation_rows": len(parts.validation) if parts.validation is not None else 0,
        "test_rows": len(parts.test) if parts.held_out else 0,
        "sha256": data_hash(dataset),
        **table_facts(dataset, asked, network),
    }


def table_facts(dataset: Dataset, asked: Asked, network: Network) -> dict[str, Any]:
    """Of a table: how it was read, what its columns hold, and what the splits went by."""
    from pellucid.data.table_codec import TableCodec

    codec = network.inputs
    if not isinstance(codec, TableCodec):
        return {}
    split = {"group": asked.group, "time": asked.time, "weight": asked.jobs.weight}
    facts = {"read": dataset.description, "columns": codec.rows()}
    return facts | {name: value for name, value in split.items() if value is not None}


def rule_text(value: Any) -> str:
    """A learning rule in full: its ``repr`` leaves out what is the default, which may change.

    Example:
        >>> from pellucid.learn.optimizers import SGD
        >>> rule_text(SGD(0.5))
        'SGD(rate=Constant(value=0.5), momentum=0.0, nesterov=False, weight_decay=0.0)'
    """
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return repr(value)
    told = [
        f"{field.name}={rule_text(getattr(value, field.name))}"
        for field in dataclasses.fields(value)
        if field.repr
    ]
    return f"{type(value).__name__}({', '.join(told)})"


def feature_names(dataset: Dataset) -> list[str]:
    """The columns by name; those of pictures are called ``pixel_ROW_COLUMN``, from 0 on."""
    if dataset.feature_names or dataset.image_shape is None:
        return list(dataset.feature_names)
    return pixel_names(*dataset.image_shape)


def pixel_names(rows: int, columns: int) -> list[str]:
    """The columns of a table of pictures.

    Example:
        >>> pixel_names(1, 2)
        ['pixel_0_0', 'pixel_0_1']
    """
    return [f"pixel_{row}_{column}" for row in range(rows) for column in range(columns)]


def data_hash(dataset: Dataset) -> str:
    """The fingerprint of the inputs and targets as they were read, the test part's after them."""
    from pellucid.data.fingerprint import fingerprint

    parts = [dataset] if dataset.test is None else [dataset, dataset.test]
    return fingerprint(*(array for part in parts for array in (part.x, part.y)))


def computed(engine: Executor) -> dict[str, Any]:
    """What the bits of a run depend on beside data and settings: what computed it, and how."""
    from pellucid.models.saving import versions

    found: dict[str, Any] = {"engine": engine.name, "precision": engine.precision}
    if engine.name == "native":
        from pellucid.run.native import thread_count
        from pellucid.run.native.module import instruction_set

        found["threads"] = thread_count(getattr(engine, "threads", None))
        found["instructions"] = instruction_set()
    return found | {"processor": processor(), "versions": versions()}


def processor() -> str:
    """The processor's name, as the system tells it."""
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def check_same(run: str, record: dict[str, Any], dataset: Dataset) -> None:
    """See that the data are those of the run.

    Raises: ``DataError`` for others.
    """
    facts = record.get("data")
    known = facts.get("sha256") if isinstance(facts, dict) else None
    found = data_hash(dataset)
    if known != found:
        raise DataError(
            f"The data have changed since {run} was made: their SHA-256 was {str(known)[:12]}... "
            f"and is {found[:12]}... now. Train again, or bring the old data back."
        )

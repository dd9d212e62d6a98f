"""What a call of ``train`` asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    from pellucid.cli.jobs import Jobs
    from pellucid.data.pictures.framing import PictureOptions


@dataclass(frozen=True)
class Asked:
    """What was asked for: the argument and the options of ``train``, and the command as typed."""

    data: str
    target: str | None
    kind: Any
    data_dir: str | None
    column: dict[str, str]
    missing: dict[str, str]
    group: str | None
    time: str | None
    hidden: tuple[int, ...] | None
    net: str | None
    activation: str
    epochs: int | None
    batch: int | None
    rule: str | None
    rate: float | None
    patience: int | None
    validation: float | None
    test: float | None
    budget: float | None
    folds: int | None
    seed: int
    engine: str
    threads: int | None
    out: str | None
    as_json: bool
    quiet: bool
    no_audit: bool
    no_report: bool
    markdown: bool
    augment: str | None
    pictures: PictureOptions | None
    checkpoint_every: float | None
    jobs: Jobs
    command: str

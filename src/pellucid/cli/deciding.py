"""What ``train`` fits after training, on the rows that were watched; and what is said of it."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pellucid.dataclass import dataclass
from pellucid.errors import DataError, DataWarning, ParameterError

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.cli.jobs import Jobs
    from pellucid.models.network import Network


@dataclass
class Decided:
    """What was decided, as ``run.json`` has it; None where there was nothing to decide."""

    calibration: dict[str, Any] | None = None
    threshold: dict[str, Any] | None = None
    interval: dict[str, Any] | None = None

    def row(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    def notes(self) -> list[str]:
        """A sentence or two on each."""
        found = [
            calibration_text(self.calibration) if self.calibration else "",
            threshold_text(self.threshold) if self.threshold else "",
            interval_text(self.interval) if self.interval else "",
        ]
        return [text for text in found if text]


def decide(network: Network, parts: Parts, jobs: Jobs, decided: Decided) -> None:
    """Fit and measure; ``decided`` gets what came of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the comparison with baselines says it
        decided.calibration = calibrated(network, parts)
        if jobs.threshold is not None:
            decided.threshold = divided(network, parts, jobs)
        if jobs.interval is not None:
            decided.interval = covered(network, parts, jobs.interval)


def divided(network: Network, parts: Parts, jobs: Jobs) -> dict[str, Any]:
    """Set the threshold that was asked for, or choose it on the rows watched."""
    if isinstance(jobs.threshold, str):
        watched = parts.validation
        assert watched is not None
        found = network.choose_threshold(
            watched.x, watched.y, jobs.threshold, positive=jobs.positive,
            sample_weight=watched.weights,
        ).row()  # fmt: skip
    else:
        network.set_threshold(jobs.threshold, positive=jobs.positive)
        label = jobs.positive or (parts.training.class_names or ("", ""))[1]
        found = {"chance": network.threshold, "measure": None, "positive": label}
    first = network.classes[0]
    return found | {"answers": str(network.classes[1]), "else": str(first)}


def threshold_text(record: dict[str, Any]) -> str:
    """What the report says of a threshold."""
    text = f"The answer is {record['answers']} above a chance of {record['chance']:.3f}"
    if record["measure"] is None:
        return f"{text}, as asked for, else {record['else']}."
    return (
        f"{text}, else {record['else']}: the best by {record['measure']} on the "
        f"{record['rows']:,} rows watched, {record['score']:.3f} (with one half: "
        f"{record['score_at_half']:.3f})."
    )


def covered(network: Network, parts: Parts, level: float) -> dict[str, Any]:
    """Stretch the interval by the rows watched; how many test rows it holds, and how wide it is."""
    test, watched, stretch = parts.test, parts.validation, None
    if watched is not None:
        with suppress(DataError):  # too few: then it stays as it was learned
            network.calibrate_interval(watched.x, watched.y)
            stretch = network.provenance["calibration"]["stretch"]
    interval = network.predict_interval(test.x, level)
    inside = (test.y >= interval[:, 0]) & (test.y <= interval[:, 1])
    return {
        "level": level,
        "coverage": float(inside.mean()),
        "mean_width": float((interval[:, 1] - interval[:, 0]).mean()),
        "rows": len(test),
        "held_out": parts.held_out,
        "stretch": stretch,
        "watched": len(watched) if stretch is not None and watched is not None else 0,
    }


def interval_text(record: dict[str, Any]) -> str:
    """What the report says of intervals."""
    rows = "test rows" if record["held_out"] else "rows learned from"
    by = ""
    if record["stretch"] is not None:
        done = "stretched" if record["stretch"] >= 1 else "narrowed"
        by = f", {done} by {record['stretch']:.3g} to fit the {record['watched']:,} rows watched"
    return (
        f"Intervals of {record['level']:.0%}{by}: they hold {record['coverage']:.1%} of the "
        f"{record['rows']:,} {rows}, and are {record['mean_width']:.4g} wide on average."
    )


def calibrated(network: Network, parts: Parts) -> dict[str, Any] | None:
    """Calibrate where that lowers the loss of the rows watched by more than noise would.

    Returns: what ``run.json`` says of it; None where there are no chances, or no rows to go by.
    """
    from pellucid.models.calibrate import find_temperature
    from pellucid.run.choose import executor

    watched = parts.validation
    if watched is None or parts.training.kind not in ("classes", "labels"):
        return None
    try:
        found = find_temperature(network, watched.x, watched.y, watched.weights, executor("auto"))
    except (DataError, ParameterError) as reason:
        why = {"used": False, "rows": len(watched), "why": str(reason)}
        return why | _measured(network, parts, "before")
    record = {**found.row(), "used": found.is_worth_it, **_measured(network, parts, "before")}
    if not found.is_worth_it:
        return record | {"why": "a temperature gains no more than noise would"}
    network.calibrate(watched.x, watched.y, sample_weight=watched.weights)
    return record | _measured(network, parts, "after")


def _measured(network: Network, parts: Parts, when: str) -> dict[str, Any]:
    """The expected calibration error, on the test rows where some were kept apart."""
    from pellucid.assess.calibration import reliability_of

    rows = parts.test if parts.held_out or parts.validation is None else parts.validation
    curve = reliability_of(network, rows.x, rows.y)
    return {
        f"ece_{when}": curve.error,
        "measured_on": "test" if parts.held_out else "validation",
        "bins": curve.rows(),
    }


def calibration_text(record: dict[str, Any]) -> str:
    """What the report says of a calibration."""
    rows, before = f"{record['rows']:,} rows watched", f"{record['ece_before']:.3f}"
    where = "the test rows" if record["measured_on"] == "test" else "them"
    measured = f"Expected calibration error on {where}: {before}."
    if "temperature" not in record:
        return f"Chances are left as they are. {record['why']} {measured}"
    temperature = f"{record['temperature']:.3g}"
    if not record["used"]:
        return (
            f"Chances are left as they are: on the {rows} a temperature ({temperature}) gains no "
            f"more than noise would. {measured}"
        )
    return (
        f"Chances calibrated by a temperature of {temperature}, from the {rows}. Expected "
        f"calibration error on {where}: {record['ece_after']:.3f} (before: {before})."
    )

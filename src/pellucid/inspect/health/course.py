"""Findings about the course of the loss: rates, plateaus, overfitting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.data.arrays import count_of
from pellucid.graph.primitive import Array
from pellucid.inspect.findings import TrainingFinding, share, spell
from pellucid.inspect.health.flow import LARGE_CHANGE, changes
from pellucid.inspect.health.story import Story

SMALL_CHANGE, HUGE_CHANGE, MEANT_CHANGE = 1e-4, 0.5, 3e-3
FEWEST_EPOCHS, FEWEST_HELD = 4, 20


def course(story: Story) -> Iterator[TrainingFinding]:
    """Judge how the loss went."""
    if len(story.losses) < 2 or not story.follows_gradient or not np.isfinite(story.losses).all():
        return
    high = list(_too_high(story))
    low = [] if high else list(_too_low(story))
    yield from high
    yield from low
    yield from overfitting(story)
    if not high and not low:
        yield from _plateau(story)


def _too_high(story: Story) -> Iterator[TrainingFinding]:
    losses, moves = story.losses, changes(story)
    ratios = np.array([ratio for _, ratio in moves if np.isfinite(ratio)])
    large = float((ratios > LARGE_CHANGE).mean()) if ratios.size else 0.0
    usual = story.baseline if story.baseline is not None and story.baseline > 0 else losses[0]
    end = float(np.median(losses[-max(1, len(losses) // 4) :]))
    rises, swing = _swings(losses)
    worse = end > 1.2 * abs(usual) and end > losses.min() * 1.2
    restless = len(losses) >= 6 and rises > 0.3 and swing > 0.3 and not story.is_good
    huge = bool(ratios.size and ratios.max() > HUGE_CHANGE)
    if not (worse or restless or ((large > 0.5 or huge) and story.learned_nothing)):
        return
    if not (large > 0.25 or huge or worse or swing > 0.5):
        return
    rate = _rate(story)
    at = max(moves, key=lambda move: move[1]) if moves else None
    better = smaller_rate(rate, moves[0][1] if moves else 0.0)
    shown = (
        f" At step {at[0].step:,} one step changed a layer by "
        f"{share(at[1], 'the length of its weights')}; about 0.1 % to 1 % is healthy."
        if at is not None
        else ""
    )
    yield TrainingFinding(
        "rate_too_high",
        "serious" if worse or story.learned_nothing or not story.is_good else "warning",
        f"The learning rate of {spell(rate)} is too high: the loss jumps in place of falling.",
        f"The loss went from {spell(float(losses[0]))} over {spell(float(losses.min()))} at its "
        f"lowest to {spell(float(losses[-1]))} at the end; it rose in {rises:.0%} of the epochs."
        f"{shown}",
        f"Use a smaller rate: try {spell(better)}, or net.find_rate(x, y).",
        {"rate": better},
        step=at[0].step if at else None,
    )


def smaller_rate(rate: float, ratio: float) -> float:
    """A rate by which the first step would change a layer by 1 % of its weights; a tenth at most.

    Parameters:
        ratio: by how much of them it does so with ``rate``.
    """
    smaller = rate / 10
    if np.isfinite(ratio) and ratio > 0:
        smaller = min(smaller, rate * 0.01 / ratio)
    return float(f"{smaller:.1g}")


def _swings(losses: Array) -> tuple[float, float]:
    """The share of the epochs whose loss rose, and the middle size of a change beside the loss."""
    steps = np.diff(losses)
    size = np.abs(steps) / np.maximum(np.abs(losses[:-1]), 1e-12)
    return float((steps > 0).mean()), float(np.median(size))


def _too_low(story: Story) -> Iterator[TrainingFinding]:
    losses, ratios = story.losses, [ratio for _, ratio in changes(story)]
    if story.is_good or not ratios:
        return
    third = max(1, len(losses) // 3)
    begin, end = losses[0] - losses[third], losses[-1 - third] - losses[-1]
    falling = end > 0 and end > 0.5 * begin
    middle = float(np.median(ratios))
    early = float(np.median(ratios[: max(1, len(ratios) // 2)]))
    first = story.first
    blocked = first is None or any(
        layer.alike or len(layer.dead) == layer.units or not layer.gradient > 1e-7
        for layer in first.hidden
    )
    if early > SMALL_CHANGE or blocked or not (falling or story.learned_nothing):
        return
    rate = _rate(story)
    factor = min(1e6, max(10.0, MEANT_CHANGE / max(middle, 1e-12)))
    better = float(f"{rate * factor:.1g}")
    yield TrainingFinding(
        "rate_too_low",
        "serious",
        f"The learning rate of {spell(rate)} is too low: the loss still falls as at the start, "
        "and is far from done.",
        f"The loss fell from {spell(float(losses[0]))} to {spell(float(losses[-1]))} in "
        f"{count_of(len(losses), 'epoch')}: by {spell(float(begin))} in the first third, and by "
        f"{spell(float(end))} in the last. A step changes a layer by "
        f"{share(middle, 'the length of its weights')}; about 0.1 % to 1 % is healthy.",
        f"Use a larger rate: try {spell(better)}, or net.find_rate(x, y).",
        {"rate": better},
        step=story.last.step if story.last else None,
    )


def overfitting(story: Story) -> Iterator[TrainingFinding]:
    """Find a validation loss that rises again while that of the rows learned from falls."""
    rows = [row for row in story.rows if row.get("val_loss") is not None]
    if len(rows) < FEWEST_EPOCHS or story.best_epoch is not None or story.held < FEWEST_HELD:
        return
    held = np.array([row["val_loss"] for row in rows], np.float64)
    own = np.array([row["loss"] for row in rows], np.float64)
    best = int(held.argmin())
    lowest, last = float(held[best]), float(np.median(held[-3:]))
    usual = abs(story.baseline) if story.baseline is not None else float(abs(held[0]))
    rise = last - lowest
    if best >= len(rows) - 3 or rise < 0.1 * usual or last < 1.25 * abs(lowest):
        return
    if float(np.median(own[-3:])) > 0.8 * last or own[-1] > own[best]:
        return
    epoch = rows[best]["epoch"]
    yield TrainingFinding(
        "overfitting",
        "serious" if rise > 0.5 * usual else "warning",
        "The network learns its rows by heart: it gets better on them and worse on those held out.",
        f"The validation loss was lowest in epoch {epoch} ({spell(lowest)}) and is {spell(last)} "
        f"at the end, while the loss of the rows learned from fell from {spell(float(own[best]))} "
        f"to {spell(float(own[-1]))}.{_scores(rows, best)}",
        "Stop at the best epoch (early_stopping=5), use fewer units, or hold weights back with a "
        "larger l2 penalty; more rows help most.",
        {"early_stopping": 5, **_stronger(story)},
    )


def _stronger(story: Story) -> dict[str, Any]:
    known = getattr(story.rule, "l2", None)
    return {} if known is None else {"l2": float(f"{max(10 * known, 1e-3):.1g}")}


def _scores(rows: list[dict[str, Any]], best: int) -> str:
    for name in ("accuracy", "r2"):
        if rows[-1].get(f"val_{name}") is not None:
            return (
                f" At the end {name} is {spell(rows[-1][name])} on the rows learned from, "
                f"{spell(rows[-1][f'val_{name}'])} on those held out."
            )
    return ""


def _plateau(story: Story) -> Iterator[TrainingFinding]:
    losses = story.losses
    if not story.learned_nothing or len(losses) < FEWEST_EPOCHS:
        return
    half = losses[len(losses) // 2 :]
    usual = story.baseline if story.baseline is not None else float(losses[0])
    yield TrainingFinding(
        "plateau",
        "warning",
        "Nothing was learned: the loss is about that of always giving the same answer.",
        f"It went from {spell(float(losses[0]))} to {spell(float(losses[-1]))} in "
        f"{count_of(len(losses), 'epoch')}, and over the second half from {spell(float(half[0]))} "
        f"to {spell(float(half[-1]))}; the best answer that is the same for all rows has "
        f"{spell(usual)}.",
        "Perhaps the inputs do not tell the target: look at them with `pellucid audit`. Else try "
        "more epochs, another rate (net.find_rate), or more units.",
    )


def _rate(story: Story) -> float:
    """The largest rate of the run, as far as it was seen."""
    seen = [float(row["rate"]) for row in story.rows if row.get("rate") is not None]
    seen += [look.rate for look in story.looks]
    return max(seen, default=0.0)

"""Findings about units: dead, saturated, all alike, answering the same to all rows."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.data.arrays import count_of
from pellucid.data.audit.finding import Severity
from pellucid.inspect.findings import TrainingFinding, spell
from pellucid.inspect.health.look import LayerLook, Look
from pellucid.inspect.health.measures import ENDS
from pellucid.inspect.health.story import Story

FEW, MANY, MOST = 0.1, 0.5, 0.9
"""From which share of a layer's units on a fault is told, is a warning, and serious where nothing
else is."""
FEWEST_UNITS = 4


def units(story: Story) -> Iterator[TrainingFinding]:
    """Find layers whose units do no work."""
    last = story.last
    if last is None:
        return
    for layer in last.hidden:
        yield from _alike(story, last, layer)
    yield from _dead(story, last)
    yield from _saturated(story, last)
    yield from _collapsed(story, last)


def _alike(story: Story, last: Look, layer: LayerLook) -> Iterator[TrainingFinding]:
    if not layer.alike:
        return
    same = [look.layer(layer.name).alike for look in story.looks]
    always = "at every look" if all(same) else "at the end"
    yield TrainingFinding(
        "symmetry",
        "serious" if not story.is_good else "warning",
        f"All {layer.units} units of {layer.name} are the same unit: their weights are equal.",
        f"The incoming weights of all units were equal {always} ({count_of(len(same), 'look')}, "
        f"the last after {last.step:,} steps); their length is {spell(layer.weight)}. Units that "
        "start equal get equal gradients, so they stay equal, and the layer is worth one unit.",
        "Start the weights at random: leave weight_init out, or use 'he' or 'glorot'.",
        {"weight_init": None},
        layer.name,
        last.step,
    )


def _dead(story: Story, last: Look) -> Iterator[TrainingFinding]:
    learning = [k for k, layer in enumerate(last.layers) if layer.learns]
    for layer in last.layers[: learning[-1] if learning else 0]:
        share = len(layer.dead) / layer.units
        if share < FEW or layer.alike or not _can_die(layer):
            continue
        before = [look for look in story.looks if look.layer(layer.name).dead]
        first = story.looks[0].layer(layer.name)
        born = len(first.dead) >= 0.5 * len(layer.dead) and story.looks[0].step == 0
        shown = ", ".join(map(str, layer.dead[:8])) + (", ..." if len(layer.dead) > 8 else "")
        severity: Severity = "note"
        if share >= MOST and not story.is_good:
            severity = "serious"
        elif share >= MANY and layer.units >= FEWEST_UNITS:
            severity = "warning"
        since = (
            "from the first step on, so it is how they started"
            if born
            else f"since step {before[0].step:,} at the latest, so they died on the way: a step "
            "too large pushed them there"
        )
        yield TrainingFinding(
            "dead_units",
            severity,
            f"{len(layer.dead)} of the {count_of(layer.units, 'unit')} of {layer.name} are dead: "
            "they give 0 whatever comes in, and learn no more.",
            f"Units {shown} gave exactly 0 for all {last.rows} rows looked at after "
            f"{last.step:,} steps, and their weights' gradient is exactly 0; {since}.",
            (
                "Start the weights afresh with small biases (weight_init left out), or use "
                "activation='leaky_relu', which never gives a flat 0."
                if born
                else "Use a smaller rate, or activation='leaky_relu', which never gives a flat 0."
            ),
            {"activation": "leaky_relu", "weight_init": None}
            if born
            else {"rate": float(f"{max(look.rate for look in story.looks) / 10:.1g}")},
            layer.name,
            last.step if not born else 0,
        )


def _can_die(layer: LayerLook) -> bool:
    if not layer.learns and layer.kind != "Activation":
        return False
    return layer.activation not in ("linear", *ENDS)


def _saturated(story: Story, last: Look) -> Iterator[TrainingFinding]:
    for layer in last.hidden:
        if layer.activation not in ENDS or layer.units < FEWEST_UNITS or layer.alike:
            continue
        share = layer.saturated / layer.units
        if share < MANY:
            continue
        low, high = ENDS[layer.activation]
        early = story.looks[0].layer(layer.name)
        yield TrainingFinding(
            "saturated_units",
            "serious" if share >= MANY and story.learned_nothing else "note",
            f"{layer.saturated} of the {layer.units} units of {layer.name} are stuck at an end of "
            f"their {layer.activation}.",
            f"For at least 95 of 100 rows each gives less than {spell(low + 0.01 * (high - low))} "
            f"or more than {spell(high - 0.01 * (high - low))}. There the curve is flat, so hardly "
            f"any gradient comes through. At the first look {early.saturated} were; the length of "
            f"the layer's weights was {spell(early.weight)} then and is {spell(layer.weight)} now.",
            "Use a smaller rate, smaller first weights (weight_init left out), scaled inputs, or "
            "activation='relu'.",
            {"activation": "relu", "weight_init": None},
            layer.name,
            last.step,
        )


def _collapsed(story: Story, last: Look) -> Iterator[TrainingFinding]:
    """A layer that gives nearly the same for all rows, while the one before it does not."""
    if story.is_good or len(last.learning) < 2:
        return
    before: LayerLook | None = None
    for layer in last.hidden:
        flat = layer.spread < 1e-3 or (layer.rank < 1.5 and last.learning[-1].units > 4)
        wide = before is None or before.spread > 10 * layer.spread or before.rank > 2
        dead = len(layer.dead) >= MOST * layer.units
        if flat and wide and layer.units >= FEWEST_UNITS and not (dead or layer.alike):
            yield TrainingFinding(
                "rank_collapse",
                "serious" if story.learned_nothing else "warning",
                f"{layer.name} gives nearly the same for all rows: what tells rows apart is lost "
                "there.",
                f"Its {layer.units} outputs over {last.rows} rows vary in {layer.rank:.2f} "
                f"directions (effective rank), by {layer.spread:.2g} of their size.",
                "Use fewer layers, activation='relu', a smaller rate, or BatchNorm between them.",
                {"activation": "relu", "weight_init": None},
                layer.name,
                last.step,
            )
            return
        before = layer

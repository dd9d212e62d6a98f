"""What a comparison says, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pellucid.data.arrays import count_of
from pellucid.figures.table import table_text

if TYPE_CHECKING:
    from pellucid.inspect.compare.answers import AnswerChanges
    from pellucid.inspect.compare.models import Comparison
    from pellucid.inspect.compare.runs import RunComparison

MOST_CHANGES, MOST_EPOCHS = 12, 10


def text(found: Comparison) -> str:
    """Layers, weights, answers: a paragraph each."""
    steps = f"A has learned {found.steps[0]:,} steps, B {found.steps[1]:,}."
    if found.equal:
        blocks = [f"A and B are the same network: every layer, setting and number. {steps}"]
    else:
        blocks = [steps, _layers(found), _weights(found)]
    if found.answers is not None:
        blocks.append(_answers(found.answers))
    return "\n\n".join(blocks)


def _layers(found: Comparison) -> str:
    rows = [
        {
            "A": pair.a or "-", "B": pair.b or "-", "layer": pair.kind, "status": pair.status,
            "what": "; ".join(pair.changes),
        }
        for pair in found.layers
    ]  # fmt: skip
    if all(pair.status == "same" for pair in found.layers):
        told = f"Layers: the same {len(rows)}." if len(rows) > 1 else "Layers: the same one."
    else:
        told = "Layers\n" + table_text(rows)
    return "\n".join([told, *found.other])


def _weights(found: Comparison) -> str:
    if not found.weights:
        return "Weights: no parameter has the same place and shape in both."
    lines = [_aligned(found)]
    changed = sorted(found.weights, key=lambda one: -one.distance)
    rows = [
        {
            "parameter": one.a if one.a == one.b else f"{one.a} / {one.b}",
            "shape": " x ".join(map(str, one.shape)),
            "distance": f"{one.distance:.4g}",
            "cosine": "-" if one.cosine is None else f"{one.cosine:.4f}",
            "most at": _place(one.place), "A": f"{one.before:.4g}", "B": f"{one.after:.4g}",
        }
        for one in changed[:MOST_CHANGES]
    ]  # fmt: skip
    lines.append(table_text(rows, right=("distance", "cosine", "A", "B")))
    if len(changed) > MOST_CHANGES:
        lines.append(f"and {count_of(len(changed) - MOST_CHANGES, 'parameter')} less far apart")
    lines.append("distance: the length of B - A, divided by that of A; cosine: 1 is one direction.")
    return "\n".join(lines)


def _aligned(found: Comparison) -> str:
    alignment = found.alignment
    if alignment.reason is not None:
        return f"Weights, with hidden units in their own order, since {alignment.reason}:"
    moved = {layer: count for layer, count in alignment.moved.items() if count}
    if not moved:
        return "Weights, by distance:"
    told = ", ".join(
        f"{count} of {len(alignment.orders[layer])} in {layer}" for layer, count in moved.items()
    )
    before = max(one.unaligned for one in found.weights)
    return (
        f"Weights, with B's hidden units put into the order of A's (moved: {told}; before that the "
        f"largest distance was {before:.4g}):"
    )


def _place(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]"


def _answers(found: AnswerChanges) -> str:
    lines = []
    changed = len(found.changed)
    if not changed:
        lines.append(f"Answers: the same for all {found.count:,} rows.")
    else:
        share = changed / found.count
        lines.append(f"Answers: {changed:,} of {found.count:,} rows differ ({share:.1%}).")
    if found.distance is not None and changed:
        lines.append(f"On average B's numbers are {found.distance:.4g} from A's.")
    if found.mended is not None and changed:
        lines.append(_verdict(found))
    if found.shown:
        lines.append("")
        lines.append(_rows(found))
        if changed > len(found.shown):
            lines.append(f"and {count_of(changed - len(found.shown), 'row')} more")
    if found.metrics is not None:
        lines += ["", "Scores on these rows", _scores(found.metrics)]
    return "\n".join(lines)


def _verdict(found: AnswerChanges) -> str:
    assert found.mended is not None and found.broken is not None
    if found.kind == "numbers":
        told = f"B is nearer to the truth in {found.mended:,} of them, A in {found.broken:,}."
    else:
        told = f"B mends {count_of(found.mended, 'row')}, and breaks {found.broken:,}."
    if found.chance is None:
        return told
    judged = "this proves neither the better"
    if found.chance < 0.05:
        judged = "B is better" if found.mended > found.broken else "A is better"
    return (
        f"{told} Two equally good networks would be so far apart, or farther, with a chance of "
        f"{found.chance:.2g}: {judged}."
    )


def _rows(found: AnswerChanges) -> str:
    order: list[str] = [
        name for name in ("row", "true", "A", "B", "apart", "verdict") if name in found.shown[0]
    ]
    shown: list[dict[str, str]] = [
        {name: _cell(row[name]) for name in order} for row in found.shown
    ]
    numbers = ("row", "apart", *(("A", "B", "true") if found.kind == "numbers" else ()))
    return table_text(shown, right=numbers)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(_cell, value))
    return str(value)


def _scores(metrics: dict[str, dict[str, float]]) -> str:
    rows = [
        {
            "": name, "A": f"{metrics['A'][name]:.4f}", "B": f"{value:.4f}",
            "B - A": f"{value - metrics['A'][name] + 0.0:+.4f}",
        }
        for name, value in metrics["B"].items()
        if name in metrics["A"]
    ]  # fmt: skip
    return table_text(rows, right=("A", "B", "B - A"))


def runs_text(found: RunComparison) -> str:
    """Settings, curves, and where the runs part."""
    blocks = []
    if found.settings:
        rows = [
            {"setting": name, "A": _setting(a), "B": _setting(b)}
            for name, (a, b) in found.settings.items()
        ]
        blocks.append("Settings that differ\n" + table_text(rows))
    else:
        blocks.append("Settings: the same.")
    if found.curves:
        blocks.append("Curves\n" + _curves(found.curves))
    blocks.append(_parting(found))
    return "\n\n".join(blocks)


def _setting(value: Any) -> str:
    shown = "-" if value is None else str(value)
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _curves(curves: tuple[dict[str, Any], ...]) -> str:
    count = len(curves)
    some = sorted({round(k * (count - 1) / max(1, MOST_EPOCHS - 1)) for k in range(MOST_EPOCHS)})
    chosen = [curves[k] for k in some if k < count]
    rows = [
        {
            name: str(value) if name == "epoch" else "-" if value is None else f"{value:.4g}"
            for name, value in row.items()
        }
        for row in chosen
    ]
    return table_text(rows, right=tuple(rows[0]))


def _parting(found: RunComparison) -> str:
    told = "All epochs that both did told the same values."
    if found.epoch is not None:
        told = f"The values told differ from epoch {found.epoch} on."
    if not found.searched:
        return told
    if found.parting is None:
        return f"{told} Step by step, one goes as the other, bit for bit, as far as both go."
    if found.parting.step is None:
        return f"{told} Their first parameters differ already: another seed, or other layers."
    return (
        f"{told} After {count_of(found.parting.step, 'step')} all is still the same, bit for bit; "
        f"then: {'; '.join(found.parting.why)}."
    )

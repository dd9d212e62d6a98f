"""Why a training broke: each cause with what speaks for it, the deepest asked for first.

What was wrong before the first step (a row, the loss's scale, the first weights) comes before what
happened on the way (weights that run away), and that before the operation that broke in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pellucid.inspect.autopsy.case import LONG, Case
from pellucid.inspect.autopsy.operations import operation
from pellucid.inspect.findings import TrainingFinding, share, spell
from pellucid.inspect.health.course import smaller_rate
from pellucid.inspect.health.flow import loss_scale
from pellucid.inspect.health.given import odd_rows, unscaled

FEWEST_LAYERS, LENGTHENED = 4, 3.0


def causes(case: Case) -> Iterator[TrainingFinding]:
    """The causes that fit, the deepest first."""
    for ask in ASKED:
        yield from ask(case)


def given_so(case: Case) -> Iterator[TrainingFinding]:
    """The step was given a value that is no number."""
    scene = case.scene
    if scene is None or not scene.operation.startswith("input "):
        return
    name, row, seen = scene.operation.removeprefix("input "), case.row, case.story.survey
    what = spell(scene.value)
    if name == "x" and seen is not None:
        place = int(np.ravel_multi_index(scene.place[1:], _sample_shape(case)))
        column = seen.name(place)
        yield TrainingFinding(
            "bad_row",
            "serious",
            f"Row {row} holds {what} in column {column}, once encoded.",
            "The step was given it: x is checked when it comes in, so the codec made it of the "
            "row's value.",
            f"Look at row {row} (counted from 0): correct it or leave it out, and see that the "
            "codec gives finite numbers.",
            {} if row is None else {"without_rows": (row,)},
            step=case.step,
            rows=() if row is None else (row,),
            columns=(column,),
        )
    elif name in ("y", "weight"):
        noun = "target" if name == "y" else "sample weight"
        yield TrainingFinding(
            "bad_target" if name == "y" else "bad_weight",
            "serious",
            f"Row {row} has {what} as its {noun}.",
            "The step was given it.",
            f"Correct the {noun} of row {row} (counted from 0), or leave the row out.",
            {} if row is None else {"without_rows": (row,)},
            step=case.step,
            rows=() if row is None else (row,),
        )
    elif name == "rate":
        yield TrainingFinding(
            "bad_rate",
            "serious",
            f"The learning rate of this step is {what} in {case.precision}.",
            "The step was given it by the schedule.",
            "Use a rate of ordinary size, such as 0.001.",
            {"rate": 1e-3},
            step=case.step,
        )


def _sample_shape(case: Case) -> tuple[int, ...]:
    return case.story.task.architecture.in_shape


def odd_given(case: Case) -> Iterator[TrainingFinding]:
    """A row far from all others was among those the steps had seen."""
    seen = case.story.survey
    if seen is not None and not (case.scene and case.scene.operation == "input x"):
        yield from odd_rows(seen)


def scale_of_the_loss(case: Case) -> Iterator[TrainingFinding]:
    """The loss is out of scale from the first step on."""
    yield from loss_scale(case.story, case.first)


def chain(case: Case) -> Iterator[TrainingFinding]:
    """Each of many layers makes its input longer, from the first step on."""
    layers = case.first.learning
    if len(layers) < FEWEST_LAYERS or not case.lengthens > LENGTHENED:
        return
    sizes = ", ".join(f"{layer.name} {spell(layer.size)}" for layer in layers[:3])
    yield TrainingFinding(
        "exploding_chain",
        "serious",
        f"Values grow {spell(case.lengthens)} times from layer to layer, and {len(layers)} layers "
        "stand one after the other: their product explodes.",
        f"Sizes (rms) of the outputs at the first step: {sizes}, ..., {layers[-1].name} "
        f"{spell(layers[-1].size)}. The first weights are {spell(_weight(case))} on average; those "
        "that keep sizes are about 1 / sqrt(inputs).",
        "Start with smaller weights: leave weight_init out, or use 'he', 'glorot' or 'orthogonal'; "
        "clip_norm=1 limits what is left.",
        {"weight_init": None, "clip_norm": 1.0},
        layers[0].name,
        case.first.step,
    )


def _weight(case: Case) -> float:
    layer = case.first.learning[1]
    size = next(
        p.size
        for p in case.story.task.architecture.learned.parameters
        if p.name.startswith(f"{layer.name}.")
    )
    return float(layer.weight / np.sqrt(size))


def inputs_too_large(case: Case) -> Iterator[TrainingFinding]:
    """Inputs of hundreds made the steps too long."""
    if case.story.survey is not None and case.runs_away:
        yield from unscaled(case.story, case.story.survey)


def steps_too_long(case: Case) -> Iterator[TrainingFinding]:
    """The weights ran away, step by step."""
    if not case.runs_away and not (case.longest > LONG and case.step > 0):
        return
    looks, rate = case.story.looks, max(look.rate for look in case.story.looks)
    ratio = max((layer.ratio for layer in case.first.learning), default=0.0)
    smaller = smaller_rate(rate, ratio)
    some = [*range(len(looks))] if len(looks) < 7 else [0, 1, 2, -3, -2, -1]
    steps, sizes, losses = (
        ", ".join(shown)
        for shown in zip(
            *((str(looks[k].step), spell(case.largest[k]), spell(looks[k].loss)) for k in some),
            strict=True,
        )
    )
    yield TrainingFinding(
        "rate_too_high",
        "serious",
        f"The learning rate of {spell(rate)} is too high: each step overshoots, so the next one is "
        "longer still, and the weights run away.",
        f"The largest weight at steps {steps}: {sizes}; the "
        f"loss: {losses}. One step changed a layer by "
        f"{share(case.longest, 'the length of its weights')}; about 0.1 % to 1 % is healthy.",
        f"Use a smaller rate: try {spell(smaller)}, or net.find_rate(x, y); clip_norm=1 limits "
        "what a single step can do.",
        {"rate": smaller},
        step=case.step,
    )


def precision(case: Case) -> Iterator[TrainingFinding]:
    """The same step is finite in float64."""
    if case.precision != "float32" or not case.wide or case.scene is None:
        return
    yield TrainingFinding(
        "precision",
        "serious",
        f"A value is beyond the range of float32, which ends at 3.4e38: {case.scene.operation} in "
        f"{case.scene.layer}.",
        "The same step in float64, which ends at 1.8e308, is finite.",
        "Compute in float64 (precision='float64'), or divide by a large factor before squares and "
        "powers are taken.",
        {"precision": "float64"},
        case.scene.layer,
        case.step,
    )


def overflow(case: Case) -> Iterator[TrainingFinding]:
    """Nothing else fits: what is known is where it broke."""
    scene = case.scene
    if scene is None:
        yield TrainingFinding(
            "unknown",
            "serious",
            "The step gave a value that is not finite, and not when it was done again.",
            "Done again node by node by the reference executor every value was finite: it broke by "
            "rounding, near the end of the range.",
            "Use a smaller rate, scaled inputs, or precision='float64'.",
            {"precision": "float64"},
            step=case.step,
        )
        return
    made_of = "; ".join(operand.text() for operand in scene.operands)
    yield TrainingFinding(
        "overflow",
        "serious",
        f"{scene.operation} in {scene.layer} gave {spell(scene.value)}: its numbers are too large.",
        f"It was made of {made_of or 'nothing that is known'}.",
        "Use a smaller rate, scaled inputs, or clip_norm=1.",
        {"clip_norm": 1.0},
        scene.layer,
        case.step,
    )


ASKED: tuple[Callable[[Case], Iterator[TrainingFinding]], ...] = (
    given_so, odd_given, scale_of_the_loss, chain, inputs_too_large, steps_too_long, operation,
    precision, overflow,
)  # fmt: skip

"""Findings about what flows through the layers: gradients, changes of weights, the loss's scale."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.inspect.findings import TrainingFinding, spell
from pellucid.inspect.health.look import Look
from pellucid.inspect.health.measures import ENDS
from pellucid.inspect.health.story import Story

VANISHED, EXPLODED = 1e-4, 1e3
LOUD, QUIET, PLAIN = 1e3, 1e-4, 100.0
"""Gradients of one row at the output that tell of a loss out of scale, where outputs are plain."""
LARGE_CHANGE = 0.1
"""A change of a tenth of the weights in one step is more than they can follow."""


def flow(story: Story) -> Iterator[TrainingFinding]:
    """Find gradients that are lost or blown up on the way back."""
    if story.first is None or not story.follows_gradient:
        return
    yield from loss_scale(story, story.first)
    yield from _chain(story)


def loss_scale(story: Story, first: Look) -> Iterator[TrainingFinding]:
    """Find a loss of the user's own whose numbers are far too large or small."""
    output = first.layers[-1]
    own = story.task.loss.kind == "custom" or not type(story.task.loss).__module__.startswith(
        "pellucid."
    )
    if not own or not output.size <= PLAIN or not 0 < output.signal < np.inf:
        return
    factor = output.signal
    if QUIET <= factor <= LOUD or (factor < QUIET and story.is_good):
        return
    large = factor > LOUD
    times = float(f"{factor if large else 1 / factor:.1g}")
    yield TrainingFinding(
        "loss_scale",
        "serious",
        f"The loss is {'too large' if large else 'too small'} by a factor of about "
        f"{spell(times)}: each step is "
        f"{'far too long' if large else 'next to nothing'}.",
        f"At step {first.step:,} the outputs were plain (rms {spell(output.size)}), and the loss "
        f"{spell(first.loss)}; a row's gradient at the output had the length {spell(factor)}. Of "
        "the usual losses it is about 1.",
        f"{'Divide' if large else 'Multiply'} the loss by {spell(times)}"
        ": take a mean where it takes a sum, and leave factors out; or use one of the built-in "
        "losses.",
        {"loss_factor": float(f"{1 / factor:.1g}")},
        story.task.architecture.layers[-1][0],
        first.step,
    )


def _chain(story: Story) -> Iterator[TrainingFinding]:
    """Compare the gradients of the first and the last layer, look by look."""
    found = [(look, ratio) for look in story.looks if (ratio := first_to_last(look)) is not None]
    yield from _exploding(story, story.looks[0])
    if not found:
        return
    ratios = np.array([ratio for _, ratio in found])
    look = found[len(found) // 2][0]
    middle = float(np.median(ratios))
    first, last = look.learning[0], look.learning[-1]
    if middle < VANISHED and not story.is_good:
        kinds = {layer.activation for layer in look.hidden} & set(ENDS)
        bent = next(iter(sorted(kinds)), "")
        why = f" Each {bent} passes on a quarter of it at most." if bent == "sigmoid" else ""
        yield TrainingFinding(
            "vanishing_gradients",
            "serious" if story.learned_nothing else "warning",
            f"The gradient vanishes on its way back: {first.name} gets {spell(middle)} of what "
            f"{last.name} gets, and hardly learns.",
            f"Root mean squares of the gradients at step {look.step:,}: {_slopes(look)}.{why}",
            "Use activation='relu' (with its own first weights), fewer layers, BatchNorm, or "
            "Residual layers.",
            {"activation": "relu", "weight_init": None},
            first.name,
            look.step,
        )


def _exploding(story: Story, early: Look) -> Iterator[TrainingFinding]:
    layers = early.learning
    if len(layers) < 3 or not layers[-1].signal > 0 or story.is_good:
        return
    ratio = layers[0].signal / layers[-1].signal
    if ratio > EXPLODED:
        yield TrainingFinding(
            "exploding_gradients",
            "serious" if story.learned_nothing else "warning",
            f"The gradient grows on its way back: {layers[0].name} gets "
            f"{spell(ratio)} times what {layers[-1].name} gets.",
            f"Lengths of a row's gradient at the layers' outputs at step {early.step:,}: "
            f"{_signals(early)}.",
            "Start with smaller weights (weight_init left out), and limit the gradient: clip_norm.",
            {"weight_init": None, "clip_norm": 1.0},
            layers[0].name,
            early.step,
        )


def first_to_last(look: Look) -> float | None:
    """The gradient of the first layer beside that of the last; None where one is dead or alone."""
    layers = look.learning
    if len(layers) < 3 or not layers[0].slope > 0 or not layers[-1].slope > 0:
        return None
    return layers[0].slope / layers[-1].slope


def _slopes(look: Look) -> str:
    return _listed([f"{layer.name} {spell(layer.slope)}" for layer in look.learning])


def _signals(look: Look) -> str:
    return _listed([f"{layer.name} {spell(layer.signal)}" for layer in look.learning])


def _listed(parts: list[str]) -> str:
    return ", ".join(parts if len(parts) < 9 else [*parts[:4], "...", *parts[-3:]])


def changes(story: Story) -> list[tuple[Look, float]]:
    """By how much of its weights' length a layer changes in one step, of the layer that does most.

    Layers that start at zero are left out: any change is large beside nothing.
    """
    return [
        (look, max((layer.ratio for layer in look.learning if layer.weight > 1e-3), default=0.0))
        for look in story.looks
    ]

"""What a program has to do to learn again what was learned, and whether it gets the same."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from pellucid.data.arrays import count_of
from pellucid.dataclass import dataclass
from pellucid.learn.rule import Rule
from pellucid.learn.schedules import Constant, Schedule
from pellucid.models.run import plan
from pellucid.scene.acts import Act, Learn, Relabel
from pellucid.scene.scene import Scene


@dataclass(frozen=True)
class Again:
    """How a program learns.

    Attributes:
        rule, batch, epochs: for ``fit``.
        words: what comes of it, beside the network that was saved.
    """

    rule: Rule
    batch: int | None
    epochs: int
    words: str


def learned_again(scene: Scene, rows: int) -> Again:
    """What was done, as one ``fit``.

    Parameters:
        scene: with all that was done.
        rows: how many were learned from.
    """
    learned = [act for act in scene.acts if isinstance(act, Learn)]
    if not learned:
        assert isinstance(scene.rule, Rule)
        words = (
            "Nothing had been learned in the studio when this was saved; these are the epochs that "
            "were planned there."
        )
        return Again(scene.rule, scene.batch, scene.epochs, words)
    last = learned[-1]
    steps, each = sum(act.steps for act in learned), _each(last, scene, rows)
    epochs = max(1, round(steps / each))
    why = _differs(scene, learned, steps - epochs * each)
    done = f"{count_of(epochs, 'epoch')}, as in the studio ({count_of(steps, 'step')})"
    words = f"{done}: the network that was saved." if not why else f"{done}. {why}"
    batch = None if last.batch is None else min(last.batch, rows)
    return Again(last.rule, batch, epochs, words)


def _each(act: Learn, scene: Scene, rows: int) -> int:
    """The steps of an epoch."""
    if act.rule.minimizer is not None:
        return 1
    batch = None if act.batch is None else min(act.batch, rows)
    watched = bool(scene.validation)
    planned = plan(
        rows, act.rule, scene.seed, act.epochs, batch, True, None, watched, unwatched=True
    )
    return -(-rows // planned.batch)


def _differs(scene: Scene, learned: list[Learn], rest: int) -> str:
    """Why the numbers differ from those that were saved, in words; nothing where they do not."""
    why = []
    if scene.model is not None:
        why.append("there it began from a trained model")
    if _touched(scene.acts):
        why.append("there it was changed by hand between the steps, which is not done again here")
    if len(learned) > 1:
        why.append(f"there it was learned in {len(learned)} goes, the last with this rule")
    if rest:
        more = "more" if rest > 0 else "fewer"
        why.append(f"there it had taken {count_of(abs(rest), 'step')} {more}, within an epoch")
    if _is_scheduled(learned[-1].rule):
        planned = learned[-1].epochs
        why.append(f"there its learning rate was planned for {count_of(planned, 'epoch')}")
    return f"Its numbers differ from those that were saved: {'; '.join(why)}." if why else ""


def _touched(acts: tuple[Act, ...]) -> bool:
    """Whether anything but labels was changed, or labels after learning had begun."""
    begun = False
    for act in acts:
        if isinstance(act, Learn):
            begun = True
        elif begun or not isinstance(act, Relabel):
            return True
    return False


def _is_scheduled(value: Any) -> bool:
    """Whether a rate in it depends on how many steps are planned."""
    if isinstance(value, Schedule):
        return not isinstance(value, Constant)
    if not is_dataclass(value) or isinstance(value, type):
        return False
    return any(_is_scheduled(getattr(value, field.name)) for field in fields(value))

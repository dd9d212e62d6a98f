"""Findings about what the network was given, and about what it answers in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pellucid.data.arrays import count_of
from pellucid.data.audit.finding import Finding, listed
from pellucid.graph.primitive import Array
from pellucid.inspect.findings import TrainingFinding, spell
from pellucid.inspect.health.story import Story
from pellucid.inspect.health.survey import Odd, Survey
from pellucid.learn.plan import Encoded

LARGE_INPUTS, UNEQUAL = 30.0, 300.0
"""The rms of inputs, and the ratio of the deviations of two columns, that slow learning down."""
PERFECT, MOST_PLACES = 0.97, 200
FEW_OF_A_CLASS, SHARE_MISSED = 5, 0.05


def given(story: Story) -> Iterator[TrainingFinding]:
    """Judge the rows learned from."""
    seen = story.survey
    if seen is None:
        return
    for found in odd_rows(seen):
        excused = story.is_good and found.kind != "bad_target"  # one row can make r2 look good
        yield replace(found, severity="warning") if excused else found
    yield from _sorted(story, seen)
    yield from unscaled(story, seen)
    yield from _leak(story)


def odd_rows(seen: Survey) -> Iterator[TrainingFinding]:
    """Rows and weights that are far from all others."""
    if seen.odd:
        rows = tuple(dict.fromkeys(odd.row for odd in seen.odd))
        columns = tuple(dict.fromkeys(seen.name(odd.place) for odd in seen.odd))
        yield bad_row(seen, seen.odd[0], rows, columns)
    if seen.target is not None:
        yield bad_target(seen.target)
    if seen.weight is not None:
        odd = seen.weight
        yield TrainingFinding(
            "bad_weight",
            "serious",
            f"Row {odd.row} has a sample weight of {spell(odd.value)}: it counts for more than all "
            "other rows together.",
            f"Weights are given a mean of 1; the other rows have {spell(odd.usual)} on average.",
            f"Correct the weight of row {odd.row}, or leave sample_weight out.",
            {"sample_weight": None},
            rows=(odd.row,),
        )


def bad_target(odd: Odd) -> TrainingFinding:
    """The finding of a row whose target is far from all others."""
    return TrainingFinding(
        "bad_target",
        "serious",
        f"Row {odd.row} has {spell(odd.value)} as its target, far from every other row.",
        "Targets are scaled by their spread, and this one row makes it: beside it all others look "
        "the same, and what is learned is this row."
        if odd.usual == 0
        else f"95 of 100 rows are within {spell(odd.usual)} of the middle.",
        f"Look at row {odd.row} (counted from 0): correct its target or leave it out.",
        {"without_rows": (odd.row,)},
        rows=(odd.row,),
    )


def bad_row(
    seen: Survey, odd: Odd, rows: tuple[int, ...] = (), columns: tuple[str, ...] = ()
) -> TrainingFinding:
    """The finding of a row whose value is far from all others, or is no number."""
    rows, columns = rows or (odd.row,), columns or (seen.name(odd.place),)
    more = f" {count_of(len(rows) - 1, 'more row')} like it." if len(rows) > 1 else ""
    column = seen.name(odd.place)
    return TrainingFinding(
        "bad_row",
        "serious",
        f"Row {odd.row} holds {spell(odd.value)} in column {column}, far from every other row.",
        (
            f"95 of 100 rows are within {spell(odd.usual)} of the column's middle.{more}"
            if odd.usual > 0
            else f"Beside it all other rows look the same there.{more}"
        ),
        f"Look at row {odd.row} (counted from 0): correct it or leave it out.",
        {"without_rows": rows},
        rows=rows[:100],
        columns=columns,
    )


def _sorted(story: Story, seen: Survey) -> Iterator[TrainingFinding]:
    if seen.pure < 0.5:
        return
    yield TrainingFinding(
        "sorted_batches",
        "serious" if not story.is_good else "warning",
        "Most batches hold one class alone, and each pulls the network to always answer that one.",
        f"{seen.pure:.0%} of the batches of {story.plan.batch} rows hold a single class: the rows "
        "are sorted by class, and shuffle=False keeps that order.",
        "Leave shuffle=False out, so that each epoch has an order of its own.",
        {"shuffle": True},
    )


def unscaled(story: Story, seen: Survey) -> Iterator[TrainingFinding]:
    """Inputs that are large, or whose columns have very different sizes, and were not scaled."""
    if seen.scaled or not seen.deviations or seen.odd:
        return
    wide = np.array(seen.deviations)
    varying = np.flatnonzero(wide > 0)
    if not varying.size:
        return
    most, least = varying[wide[varying].argmax()], varying[wide[varying].argmin()]
    ratio = float(wide[most] / wide[least])
    if seen.size <= LARGE_INPUTS and not (ratio > UNEQUAL and wide[most] > LARGE_INPUTS):
        return
    shown = [
        f"column {seen.name(place)} runs from {spell(seen.extremes[place][0])} to "
        f"{spell(seen.extremes[place][1])}"
        for place in dict.fromkeys((int(most), int(least)))
    ]
    yield TrainingFinding(
        "unscaled_inputs",
        "serious" if not story.is_good else "warning",
        "The inputs were not scaled, and are too large for first weights and rates as they are.",
        f"Their rms is {spell(seen.size)} (scaled inputs have 1); {listed(shown)}.",
        "Leave scale_inputs=False out: each column is then brought to mean 0 and deviation 1.",
        {"scale_inputs": True},
        columns=tuple(seen.name(int(place)) for place in dict.fromkeys((most, least))),
    )


def _leak(story: Story) -> Iterator[TrainingFinding]:
    """A score near perfect, and one column that alone gives it: does it know the answer?"""
    best = _best_score(story)
    if best is None or story.data is None or story.survey is None:
        return
    name, epoch, score = best
    for found in leaking(story.data.x, np.asarray(story.data.y), story.survey.names):
        yield TrainingFinding(
            "leak",
            "serious",
            f"{found.title} It may hold the answer itself.",
            f"{name} was {spell(score)} in epoch {epoch} already. {found.detail}",
            f"If it is not known before the target, leave the column out: "
            f"{listed([repr(column) for column in found.columns])}.",
            {"without_columns": found.columns},
            columns=found.columns,
        )


def _best_score(story: Story) -> tuple[str, int, float] | None:
    """The first epoch whose score is near perfect, held-out rows before those learned from."""
    for name in ("val_accuracy", "accuracy", "val_r2", "r2"):
        for row in story.rows:
            value = row.get(name)
            if value is not None and value >= PERFECT:
                return name, int(row["epoch"]), float(value)
    return None


def leaking(x: Array | Encoded, y: Array, names: tuple[str, ...]) -> list[Finding]:
    """The audit's check for columns that give the target away, on encoded rows."""
    if isinstance(x, Encoded) or x.ndim != 2 or not 3 <= x.shape[1] <= MOST_PLACES:
        return []
    if x.dtype.kind != "f" or len(set(names)) != x.shape[1]:
        return []
    from pellucid.data.audit.leaks import leaks
    from pellucid.data.audit.subject import Subject
    from pellucid.data.dataset import Dataset

    classes = y.dtype.kind in "iu" and y.ndim == 1
    if not classes and y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        return []
    kinds = dict.fromkeys(names, "number")
    dataset = Dataset("rows", x, y, "classes" if classes else "numbers", names)
    return list(leaks(Subject.of(dataset, kinds=kinds)))


def answered(story: Story) -> Iterator[TrainingFinding]:
    """Find classes that are never the answer, and networks that always answer the same."""
    found = story.answers
    if found is None or (story.is_good and story.task.kind != "classes"):
        return
    if story.task.kind == "classes":
        yield from _classes(story, found.given, found.wanted)
    elif story.task.kind == "numbers":
        spread_given, spread_wanted = float(found.given.std()), float(found.wanted.std())
        if spread_wanted > 0 and spread_given < 0.02 * spread_wanted:
            yield TrainingFinding(
                "constant_answer",
                "serious",
                "The network answers nearly the same number to all rows.",
                f"Over {count_of(len(found.given), 'row')} its answers deviate by "
                f"{spell(spread_given)}, what is hoped for by {spell(spread_wanted)} "
                "(both scaled).",
                "Look at the findings beside this one; else train longer (epochs), or with a "
                "larger rate.",
                {"epochs": 3 * story.plan.epochs},
            )


def _classes(story: Story, answers: Array, wanted: Array) -> Iterator[TrainingFinding]:
    there, counts = np.unique(wanted, return_counts=True)
    never = [
        (int(label), int(count))
        for label, count in zip(there, counts, strict=True)
        if label not in answers and count >= FEW_OF_A_CLASS
    ]
    if not never or len(there) < 2:
        return
    missed = sum(count for _, count in never) / len(wanted)
    only = np.unique(answers)
    balance = counts.max() / max(1, counts.min())
    uneven = (
        f" The rarest class has {counts.min()} rows, the most frequent {counts.max()}."
        if balance > 3
        else ""
    )
    change = {"class_weight": "balanced"} if balance > 3 else {"epochs": 3 * story.plan.epochs}
    remedy = (
        "Let rare classes count for more: class_weight='balanced' (--balance)."
        if balance > 3
        else "Look at the findings beside this one; else train longer, or with another rate."
    )
    names = listed([_name(story, label) for label, _ in never[:5]])
    if len(only) == 1:
        yield TrainingFinding(
            "constant_answer",
            "serious",
            f"The network answers {_name(story, int(only[0]))} to every row.",
            f"Of {count_of(len(wanted), 'row')} looked at, {missed:.0%} are of another "
            f"class.{uneven}",
            remedy,
            change,
        )
        return
    yield TrainingFinding(
        "class_never_given",
        "serious" if missed >= SHARE_MISSED else "warning",
        f"The network never answers {names}.",
        f"Of {count_of(len(wanted), 'row')} looked at, {missed:.1%} are of {names}, and none was "
        f"answered so.{uneven}",
        remedy,
        change,
    )


def _name(story: Story, label: int) -> str:
    return repr(story.classes[label]) if label < len(story.classes) else f"class {label}"

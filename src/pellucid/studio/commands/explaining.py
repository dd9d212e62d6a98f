"""Step by step: how the chosen row goes through the network, and what is learned from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.studio.command import Command, Later
from pellucid.studio.elements import elements

if TYPE_CHECKING:
    from pellucid.inspect.explain import Explanation
    from pellucid.inspect.explain.walk import Stop
    from pellucid.inspect.trace import Trace
    from pellucid.studio.session import Session

PAGE = 100
"""Calculations in one answer; the page asks for the next ones when someone goes there."""

Kept: TypeAlias = "tuple[object, Explanation, list[dict[str, Any]]]"
_KEPT: WeakKeyDictionary[Session, Kept] = WeakKeyDictionary()
"""The last explanation of each session: its pages and its copies are of the same numbers."""


@dataclass(frozen=True)
class ExplainStep(Command):
    """The next step on the chosen row alone, calculation by calculation: what `explain` tells.

    Parameters:
        layer, unit, weight: only this layer, unit or weight; all None: the whole network, of large
            layers the units that matter most.
        first: which calculation the answer begins with.
    """

    layer: str | None = hyper(None, kind=str, optional=True, doc="only this layer")
    unit: tuple[int, ...] | None = hyper(
        None, kind=tuple, optional=True, doc="only this unit of it, by its place"
    )
    weight: str | None = hyper(None, kind=str, optional=True, doc="only this weight")
    first: int = hyper(0, kind=int, low=0, doc="the calculation to begin with")

    def do(self, at: Session) -> Any:
        """Take a copy of the network, and explain it beside the training."""
        return Later(_computed(self, at, lambda made, about: _told(made, about, self.first)))


@dataclass(frozen=True)
class WriteExplanation(Command):
    """The same as one text to take away."""

    layer: str | None = hyper(None, kind=str, optional=True, doc="only this layer")
    unit: tuple[int, ...] | None = hyper(
        None, kind=tuple, optional=True, doc="only this unit of it, by its place"
    )
    weight: str | None = hyper(None, kind=str, optional=True, doc="only this weight")
    form: str = hyper(
        "markdown", kind=str, choices=("text", "markdown", "latex"), doc="how it is written"
    )

    def do(self, at: Session) -> Any:
        """Take a copy of the network, and write beside the training."""
        return Later(_computed(self, at, lambda made, _: {"text": made.write(self.form)}))


def _computed(
    asked: ExplainStep | WriteExplanation, at: Session,
    answer: Callable[[Explanation, dict[str, Any]], dict[str, Any]],
) -> Callable[[], dict[str, Any]]:  # fmt: skip
    """What gives the answer, on copies of all that the session may change meanwhile."""
    bench = at.network_bench
    network, rule = bench.copied()
    x, y = bench.chosen_x, bench.chosen_y if bench.ready.has_targets else None
    key = bench.mark, rule, asked.layer, asked.unit, asked.weight
    about = {"row": bench.chosen, "step": bench.step}

    def compute() -> dict[str, Any]:
        kept = _KEPT.get(at)
        if kept is None or kept[0] != key:
            traced = network.trace(x, y, rule=rule)
            made = traced.explain(asked.layer, asked.unit, asked.weight)
            kept = _KEPT[at] = key, made, _layers(traced)
        return answer(kept[1], about | {"layers": kept[2]})

    return compute


def _layers(traced: Trace) -> list[dict[str, Any]]:
    """The layers that can be asked for, and the sizes by which their units are counted."""
    from pellucid.inspect.explain.setting import Setting

    setting = Setting(traced, 0)
    return [{"name": path, "shape": list(setting.out_shape(path))} for path in setting.paths]


def _told(made: Explanation, about: dict[str, Any], first: int) -> dict[str, Any]:
    """A page of the calculations, and a line for each of all."""
    from pellucid.inspect.explain.walk import walk

    stops = walk(made.root)
    return about | {
        "title": made.root.title, "notes": list(made.root.notes), "total": len(stops),
        "first": first, "phases": _phases(stops),
        "stops": [_stop(stop) for stop in stops[first : first + PAGE]],
    }  # fmt: skip


def _phases(stops: tuple[Stop, ...]) -> list[dict[str, Any]]:
    """Where each phase, layer by layer and unit by unit, begins."""
    found: list[dict[str, Any]] = []
    for place, stop in enumerate(stops):
        about = stop.about
        part = about.phase, about.layer, about.unit
        if not found or found[-1]["part"] != part:
            title = (*stop.titles, stop.worked.title)[0]
            found.append({"part": part, "title": title, "at": place})
    return [
        {
            "phase": one["part"][0], "layer": one["part"][1],
            "unit": None if one["part"][2] is None else list(one["part"][2]),
            "title": one["title"], "at": one["at"],
        }
        for one in found
    ]  # fmt: skip


def _stop(stop: Stop) -> dict[str, Any]:
    from pellucid.inspect.explain.page import body

    about = stop.about
    weight = about.weight
    return {
        "phase": about.phase, "layer": about.layer,
        "unit": None if about.unit is None else list(about.unit),
        "weight": None if weight is None else {"parameter": weight[0], "place": list(weight[1])},
        "titles": list(stop.titles), "title": stop.worked.title,
        "body": elements(body(stop.worked)),
        "result": stop.worked.result, "value": stop.worked.value,
    }  # fmt: skip


COMMANDS = (ExplainStep, WriteExplanation)

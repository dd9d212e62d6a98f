"""What one step did to each weight: the gradient, the optimizer's memory, the move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph.primitive import Array
from pellucid.inspect.trace_graph import LOSS, slope_name

if TYPE_CHECKING:
    from pellucid.inspect.trace import Trace


@dataclass(frozen=True, eq=False)
class Updates:
    """What a step did to each weight of one parameter; all arrays are of the parameter's shape.

    Attributes:
        name: the parameter.
        before, after: its values.
        step: after - before.
        gradient: of the objective, penalties included; None where the rule follows none.
        penalty: the penalties' part of it.
        clipped: the gradient that the optimizer was given, held within its limits.
        memory_before, memory_after: what the optimizer carries from step to step, by name, such as
            mean and square of Adam; numbers that are the same for all weights stay numbers.
        rate: the learning rate.
    """

    name: str
    before: Array
    after: Array
    step: Array
    gradient: Array | None
    penalty: Array | None
    clipped: Array | None
    memory_before: Mapping[str, Array]
    memory_after: Mapping[str, Array]
    rate: float

    def rows(self) -> list[dict[str, Any]]:
        """A row a weight: its place, before, gradient, memory before and after, step, after."""
        made = []
        for place in np.ndindex(self.before.shape):
            row: dict[str, Any] = {"weight": f"{self.name}[{','.join(map(str, place))}]"}
            row["before"] = float(self.before[place])
            if self.gradient is not None and self.clipped is not None:
                row["gradient"] = float(self.gradient[place])
                row["clipped"] = float(self.clipped[place])
            for name, then in self.memory_before.items():
                row[f"{name} before"] = float(then[place] if then.shape else then)
                now = self.memory_after[name]
                row[f"{name} after"] = float(now[place] if now.shape else now)
            made.append(row | {"step": float(self.step[place]), "after": float(self.after[place])})
        return made

    def table(self) -> Any:
        """The rows as a pandas data frame, or as they are without pandas."""
        try:
            import pandas as pd
        except ImportError:
            return self.rows()
        return pd.DataFrame(self.rows())


def updates(trace: Trace, name: str) -> Updates:
    """What the step did to each weight of a parameter.

    Raises: ``UnknownNameError`` for an unknown parameter; ``ParameterError`` for a prediction, and
        for a rule without a single step (``LBFGS``).
    """
    layout = trace.network.architecture.learned
    if name not in layout.names:
        raise unknown_name("parameter", name, layout.names)
    if trace.rule is None:
        raise ParameterError(
            "A trace of a prediction updates nothing: nothing was hoped for. Give y as well, as in "
            "net.trace(x, y)."
        )
    if "params'" not in trace.names:
        raise ParameterError(
            f"{type(trace.rule.minimizer).__name__} has no single step to show: it looks at the "
            "loss in several points before it moves. Trace with rule='sgd' or 'adam'."
        )
    before, after = (layout.views(trace.value(n))[name] for n in ("params", "params'"))
    own = dict.fromkeys(("gradient", "penalty", "clipped"))
    if trace.slopes:
        own["gradient"] = trace.gradient(name)
        own["penalty"] = own["gradient"] - trace.value(slope_name(LOSS, name))
        own["clipped"] = layout.views(trace.value("clipped gradient"))[name]
    memory = trace.rule.slots(trace.network.architecture)

    def part(slot: str) -> Array:
        value = trace.value(slot)
        return layout.views(value)[name] if value.shape == (layout.size,) else value

    return Updates(
        name, before, after, after - before, **own,
        memory_before={slot: part(slot) for slot in memory},
        memory_after={slot: part(f"{slot}'") for slot in memory},
        rate=float(trace.value("rate")),
    )  # fmt: skip

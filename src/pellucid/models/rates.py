"""The learning-rate finder for a network and data in the user's words."""

from __future__ import annotations

from typing import Any

from pellucid.dataclass import dataclass
from pellucid.learn.finder import FoundRate, RateTest
from pellucid.learn.finder import find_rate as find
from pellucid.learn.rule import Rule
from pellucid.models.network import Network
from pellucid.models.penalty import suited
from pellucid.models.prepare import given, sample_weights, samples
from pellucid.models.run import as_rule, default_batch, default_rule
from pellucid.run.choose import executor


@dataclass(frozen=True)
class Rates:
    """What the finder saw, with its curve.

    Attributes:
        found: the rows (rate, loss, smoothed loss), the suggestion, and why it ended.
    """

    found: FoundRate

    @property
    def suggestion(self) -> float | None:
        """The rate at which the loss falls fastest; None where it never falls."""
        return self.found.suggestion

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """One row a step: step, rate, loss, smoothed."""
        return self.found.rows

    def plot(self) -> Any:
        """The curve of the loss over the rate as a Plotly figure."""
        from pellucid.figures.rates import rate_curve

        return rate_curve(self.rows, self.suggestion)

    def __str__(self) -> str:
        why = {
            "end": "all rates were tried",
            "blow_up": "the loss blew up",
            "not_finite": "the loss was no number any more",
        }[self.found.reason]
        at = f"at {self.rows[-1]['rate']:.3g}" if self.rows else "at once"
        if self.suggestion is None:
            return f"No rate made the loss fall; {why} {at}."
        return f"Suggested learning rate: {self.suggestion:.3g}; {why} {at}."


def find_rate(
    net: Network, x: Any, y: Any, *, rule: Rule | str | None = None, engine: str = "auto",
    **options: Any,
) -> Rates:  # fmt: skip
    """Raise the learning rate from step to step on a copy of the network, and suggest one.

    Parameters:
        net: the network, fitted or not; it is left as it is.
        x, y: the training samples.
        rule: whose rate is sought; by default the rule that ``fit`` would take.
        engine: what computes.
        options: of ``RateTest``: low, high, steps, batch, seed, smoothing, blow_up.
    """
    fresh = net.copy().build(x, y)
    task, codec, target = fresh._parts()
    x, y = given(x, y, codec)
    chosen = executor(engine)
    weights = sample_weights(len(x), target, y)
    data = samples(x, y, weights, codec, target, task, chosen.precision)
    defaults = {"batch": default_batch(len(data)), "seed": net.seed}
    test = RateTest(**(defaults | options))
    asked = rule if rule is not None else net._rule
    usual = suited(default_rule(len(data)), fresh, x, y)
    sought = usual if asked is None else as_rule(asked)
    return Rates(find(task, sought, fresh._reached(), data, chosen, test))

"""A race: several ways to learn, from the same start, on the same batches."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.errors import DivergenceWarning, ParameterError
from pellucid.learn.rule import Rule
from pellucid.models.network import Network
from pellucid.models.run import Run


@dataclass(frozen=True)
class Race:
    """How several rules did, each with a copy of the same network.

    Attributes:
        runs: by name, in the order given.
        value: what they are ranked by: the validation loss, or the loss.
    """

    runs: Mapping[str, Run]
    value: str

    def rows(self) -> list[dict[str, Any]]:
        """A row a runner, the best first; one that broke off is last.

        ``value`` is at the end, ``best`` the best of all epochs, ``epoch`` when that was;
        ``halfway`` is the first epoch that came halfway from the worst first to the best last.
        """
        every = [_values(run, self.value) for run in self.runs.values()]
        finite = [[value for value in own if math.isfinite(value)] for own in every]
        some = [own for own in finite if own]
        middle = (max(own[0] for own in some) + min(own[-1] for own in some)) / 2 if some else 0.0
        rows = []
        for name, run in self.runs.items():
            values = _values(run, self.value)
            good = [value for value in values if math.isfinite(value)]
            first = [k + 1 for k, value in enumerate(values) if value <= middle]
            rows.append({
                "rule": name, self.value: good[-1] if good else None,
                "best": min(good) if good else None,
                "epoch": values.index(min(good)) + 1 if good else None,
                "halfway": first[0] if first else None,
                "seconds": run.seconds, "ended": run.reason,
            })  # fmt: skip
        broken = [row["ended"] == "diverged" or row[self.value] is None for row in rows]
        order = sorted(
            range(len(rows)),
            key=lambda k: (broken[k], math.inf if broken[k] else rows[k][self.value]),
        )
        return [rows[k] for k in order]

    def text(self) -> str:
        """The same as a table."""
        from pellucid.figures.table import table_text

        shown = [
            {name: "-" if value is None else _cell(value) for name, value in row.items()}
            for row in self.rows()
        ]
        return table_text(shown, right=tuple(shown[0])[1:-1])

    def curves(self) -> list[dict[str, Any]]:
        """All epochs of all runs, a row each with the name as ``run``."""
        return [{"run": name, **row} for name, run in self.runs.items() for row in run.history.rows]

    def plot(self, value: str | None = None, over: str = "epoch", template: str = "light") -> Any:
        """One curve a runner, as a Plotly figure; see ``pellucid.figures.race_curves``."""
        from pellucid.figures.race import race_curves

        return race_curves(self.curves(), value or self.value, over, template=template)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(self.text())}</pre>"


def race(
    network: Network, x: Any, y: Any, rules: Sequence[Rule | str] | Mapping[str, Rule | str],
    **settings: Any,
) -> Race:  # fmt: skip
    """Let rules learn from the same start, with the same samples in the same batches and order.

    Each gets a copy of the network, as it is; one that has not been built gets the first parameters
    of its seed. Which samples are in a batch follows from seed and epoch alone, so the rules see
    the same. The network itself is left as it is.

    Parameters:
        rules: optimizers by name, or rules; a mapping names them.
        settings: as for ``fit``: epochs, batch, validation, ...
    Raises: ``ParameterError`` for fewer than two rules, or two of one name.

    Example:
        >>> from pellucid import Network, data
        >>> x, y = data.load("iris")
        >>> found = race(Network(hidden=[8], seed=0), x, y, ["sgd", "adam"], epochs=3)
        >>> sorted(found.runs)
        ['adam', 'sgd']
    """
    named = _named(rules)
    if len(named) < 2:
        raise ParameterError(
            f"A race needs two rules at least, got {len(named)}. Give a list such as "
            "['sgd', 'momentum', 'adam'], or a mapping from names to rules."
        )
    if "rule" in settings:
        raise ParameterError("The rules of a race are its third argument. Leave rule= out.")
    runs = {}
    for name, rule in named.items():
        runner = network.copy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DivergenceWarning)  # the table says so
            runs[name] = runner.fit(x, y, rule=rule, **settings)
    watched = all("val_loss" in row for run in runs.values() for row in run.history.rows) and any(
        run.history.rows for run in runs.values()
    )
    return Race(runs, "val_loss" if watched else "loss")


def _named(rules: Sequence[Rule | str] | Mapping[str, Rule | str]) -> dict[str, Rule | str]:
    if isinstance(rules, Mapping):
        return dict(rules)
    if isinstance(rules, str | Rule):
        rules = [rules]
    names = [rule if isinstance(rule, str) else repr(rule) for rule in rules]
    double = [name for name in names if names.count(name) > 1]
    if double:
        raise ParameterError(
            f"Two rules of the race are {double[0]}. Leave one out, or give a mapping that names "
            "them apart."
        )
    return dict(zip(names, rules, strict=True))


def _values(run: Run, value: str) -> list[float]:
    return [
        float(row[value]) if row.get(value) is not None else math.nan for row in run.history.rows
    ]


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

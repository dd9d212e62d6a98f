"""Trying configurations within a time: successive halving, judged on rows not learned from.

Many configurations learn for a short while; the better third go on from where they were; the best
of these are fitted in full, from the start, as the default was before all others. So what is
compared in the end are whole fits, each with its schedule run once. ``halving.py`` does that.

Source: K. Jamieson, A. Talwalkar, 2016, Non-stochastic best arm identification and hyperparameter
    optimization, AISTATS; the rule of one standard error: L. Breiman et al., 1984, Classification
    and Regression Trees, section 3.4.3.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from textwrap import fill
from typing import Any

from pellucid.assess.candidates import Candidate, candidates
from pellucid.assess.halving import Halving
from pellucid.assess.problem import Problem, Trial
from pellucid.data.arrays import count_of
from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError
from pellucid.hyper import Hyper
from pellucid.learn.rule import Rule
from pellucid.models.network import Network
from pellucid.models.run import Run
from pellucid.nn.layer import Layer
from pellucid.run.executor import Executor

SHOWN, BESIDE = 8, 48
"""So many configurations are shown; so wide is the table beside their names."""
BUDGET = Hyper("the seconds for trying configurations and the last fit", float, above=0)


@dataclass(frozen=True)
class Search:
    """What was tried, and the best of it.

    Attributes:
        tried: every configuration that was, the default first.
        best: the one that is kept.
        epochs: how long it is fitted in the end.
        reason: why it is kept, in a sentence.
        judged: on which rows the configurations were judged, in words.
        budget, seconds: the time there was, and the time that trying took.
        rule: the learning rule of the best, for all rows.
        network: the best configuration, fitted on all rows, those of judging too; with
            ``refit=False`` not fitted yet.
        run: that fit.
    """

    tried: tuple[Trial, ...]
    best: Candidate
    epochs: int
    reason: str
    judged: str
    budget: float
    seconds: float
    rule: Rule = field(repr=False)
    network: Network = field(repr=False)
    run: Run | None = field(default=None, repr=False)

    def rows(self) -> list[dict[str, Any]]:
        """What was tried, as plain values."""
        return [trial.row() for trial in self.tried]

    def record(self) -> dict[str, Any]:
        """All of it as plain values: what ``run.json`` holds."""
        return {
            "budget": self.budget,
            "seconds": self.seconds,
            "judged_on": self.judged,
            "reason": self.reason,
            "best": {"configuration": self.best.text, **self.best.row(), "epochs": self.epochs},
            "tried": self.rows(),
        }

    def text(self, width: int = 80) -> str:
        """A table of the best that were tried, and why one of them is kept."""
        from pellucid.figures.table import table_text

        order = sorted(self.tried, key=lambda trial: trial.rank)
        room = max(20, width - BESIDE)
        shown = [
            {
                "configuration": _clipped(trial.candidate.text, room)
                + " (default)" * (trial is self.tried[0]),
                "epochs": trial.epochs,
                "validation loss": "" if trial.loss is None else f"{trial.loss:.4f}",
                "seconds": f"{trial.seconds:.2f}",
                "outcome": trial.outcome,
            }
            for trial in order[:SHOWN]
        ]
        more = len(order) - len(shown)
        tail = [f"and {count_of(more, 'more configuration')}, not better"] if more > 0 else []
        head = (
            f"Tried {count_of(len(self.tried), 'configuration')} in {self.seconds:.1f} of "
            f"{self.budget:g} seconds, judged on {self.judged}:"
        )
        table = table_text(shown, right=("validation loss", "seconds"))
        return "\n".join([fill(head, width), table, *tail, fill(self.reason, width)])


def search(
    x: Any,
    y: Any,
    *,
    budget: float = 60.0,
    fixed: Mapping[str, Any] | None = None,
    epochs: int | None = None,
    validation: float | None = None,
    groups: Any = None,
    times: Any = None,
    seed: int = 0,
    engine: str | Executor = "auto",
    first: Sequence[Layer] = (),
    refit: bool = True,
    tell: Callable[[str], None] | None = None,
    **network: Any,
) -> Search:
    """Try configurations for so many seconds, keep the best, and fit it on all rows.

    The default configuration is fitted in full before any other. Another one takes its place only
    where its loss is lower by more than the standard error of the difference, row by row: so the
    result is never worse on those rows, and chance alone seldom makes it another. Ctrl-C ends the
    trying and keeps the best so far.

    Parameters:
        x, y: as for ``Network.fit``: arrays, or a data frame and the name of a column.
        budget: seconds, for trying and for the last fit together.
        fixed: choices that are the same in all: hidden, activation, rate, batch, varied.
        epochs: how long a full fit is; by default as ``fit`` does.
        validation: the share of the rows that judge; by default five folds take turns below 2,000
            rows, and a tenth is held out of more.
        groups, times: as for ``data.split_rows``.
        seed: of the draws, of the first parameters, of the shuffling.
        engine: what computes.
        first: layers before all others, such as those that vary pictures.
        refit: whether the best is fitted on all rows at the end.
        tell: called with a sentence now and then.
        network: other arguments of ``Network``: columns, missing, framing, loss.
    Raises: as ``Network.fit``; ``DataError`` for fewer than 10 rows, and where there is no y.

    Example:
        >>> from pellucid import data
        >>> found = search(*data.load("iris"), budget=2)
        >>> found.tried[0].candidate.text, found.network.score(*data.load("iris")) > 0.9
        ('64 relu', True)
    """
    budget = BUDGET.check("search", "budget", budget)
    began = time.perf_counter()
    framing = network.get("framing")
    shape = None if framing is None else framing.shape
    problem = Problem.of(
        x, y, seed=seed, engine=engine, first=tuple(first), network=network, epochs=epochs,
        shape=shape, share=validation, groups=groups, times=times,
    )  # fmt: skip
    every = candidates(problem.rows, seed, shape, fixed)
    batch = every[0].batch
    if batch is not None and batch > problem.rows:
        raise ParameterError(
            f"search was given batch={batch}, and there are {problem.rows} rows to learn from. Use "
            "a smaller batch."
        )
    halving = Halving(problem, every, began, budget, tell)
    best, reason = halving.look()
    tried = time.perf_counter() - began
    length = halving.last_epochs(best)
    made = problem.network(best).build(problem.x, problem.y)
    rule = best.rule(problem.rows, problem.penalty(made, problem.x, problem.y))
    run = None
    if refit:
        run = made.fit(
            problem.x, problem.y, epochs=length, batch=best.batch, rule=rule, engine=engine
        )
    return Search(
        tuple(halving.trials), best, length, reason, halving.judged, budget, tried, rule, made, run
    )


def _clipped(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"

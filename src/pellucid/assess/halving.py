"""Successive halving: short fits of many configurations, longer ones of the better, full ones.

What each fit costs is measured as it goes; nothing is begun that would not be done in time.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from pellucid.assess.candidates import Candidate
from pellucid.assess.judge import difference, losses, spread
from pellucid.assess.problem import Problem, Trial
from pellucid.data.arrays import count_of
from pellucid.data.codec import Classes, Labels
from pellucid.data.store import taken
from pellucid.errors import DataWarning, DivergenceWarning
from pellucid.graph.primitive import Array
from pellucid.learn.events import Event
from pellucid.models.network import Network
from pellucid.models.prepare import take
from pellucid.models.run import default_batch

KEEP = 3
"""One in three goes on."""
FIRST, SECOND = 1 / 9, 2 / 9
"""The epochs of a full fit that the first round takes, and the second adds."""
ROUND_1, ROUND_2 = 0.4, 0.6
"""The parts of the time at whose end the first and the second round are over."""
DEFAULT = 0.35
"""The part of the time that the full fits of the default may take; else all fits are shorter."""
MOST_IN_FULL = 9
_Going = tuple[Trial, list[Network]]
MEASURED = 10
QUICK = 3.0
"""Fits that should take fewer seconds are not watched while they run: short epochs are then taken
many at a time."""


class Halving:
    """One search: its clock, its trials."""

    def __init__(
        self, problem: Problem, every: Sequence[Candidate], began: float, budget: float,
        tell: Callable[[str], None] | None,
    ) -> None:  # fmt: skip
        self.problem, self.every, self.tell = problem, every, tell or (lambda text: None)
        self.began, self.end = began, began + budget
        self.budget, self.scale, self.late = budget, 1.0, False
        self.trials: list[Trial] = []
        self.errors: dict[Candidate, Array] = {}
        self.each: dict[Candidate, float] = {}
        """Seconds an epoch takes, in all turns together."""
        self.fixed = 0.0
        """Seconds that fits take beside their epochs, in all turns together."""
        self._divide(single=False)

    def look(self) -> tuple[Candidate, str]:
        """Try, and give the best with the reason."""
        self.trials.append(Trial(self.every[0]))
        reason = ""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DivergenceWarning)
                warnings.simplefilter("ignore", DataWarning)
                self._rounds()
        except KeyboardInterrupt:
            reason = "Interrupted: the best so far is kept. "
        kept = self._chosen()
        kept.outcome = "kept"
        return kept.candidate, reason + self._why(kept)

    def last_epochs(self, best: Candidate) -> int:
        """How long the best is to be fitted on all rows: in full, or as the time allows."""
        full = self.problem.full(best, self.problem.rows)
        if self.scale == 1.0 or best not in self.each:
            return full
        one = self.each[best] / len(self.turns) * self.turns.share
        left = int((self.end - time.perf_counter()) / one)
        return max(1, round(self.scale * full), min(full, left))

    # --- the rounds

    def _rounds(self) -> None:
        default = self.trials[0]
        if not self._paced():
            default.outcome = "no time"
            return
        self._in_full(default)
        left = list(self.every[1:])
        while left:
            at = time.perf_counter()
            time_left = self.end - self._last(default.candidate) - at
            rest = self._round(left, at + ROUND_1 * time_left)
            better = _best(rest)[: -(-len(rest) // KEEP)]
            for trial, networks in better:
                if not self._may(trial.candidate, SECOND, at + ROUND_2 * time_left):
                    break
                self._on(trial, networks, SECOND)
            if not self._finals(_best(better) or _best(rest)):
                break
            known = {trial.candidate for trial in self.trials}
            left = [candidate for candidate in left if candidate not in known]

    def _finals(self, going: Sequence[_Going]) -> int:
        """Full fits of the best, as many as there is time for; how many there were."""
        full = 0
        for trial, _ in going[:MOST_IN_FULL]:
            if self._may(trial.candidate, 1.0, self.end - self._last(trial.candidate)):
                self._in_full(trial)
                full += 1
        return full

    def _round(self, every: Sequence[Candidate], until: float) -> list[_Going]:
        """The first, short fits of as many configurations as there is time for."""
        found: list[_Going] = []
        for candidate in every:
            if not self._may(candidate, FIRST, until):
                if candidate in self.each or self._may(self.every[0], FIRST, until):
                    continue  # this one takes too long; the next may not
                break
            trial = Trial(candidate)
            self.trials.append(trial)
            networks = self._networks(candidate)
            if self._on(trial, networks, FIRST):
                found.append((trial, networks))
        if found:
            self.tell(f"{count_of(len(found), 'configuration')} had their first round.")
        return found

    def _paced(self) -> bool:
        """Measure an epoch of the default; make fits shorter where there is little time."""
        first, most = self.every[0], DEFAULT * self.budget
        for single in (False, True):
            if single:
                self._divide(single)
            if not self._measured(first):
                return not self.late  # where it diverges, the full fit tells
            if self._seconds(first, self._full(first)) <= most:
                return True
            if len(self.turns) == 1:
                break
        epochs = int((most - self.fixed) / self.each[first])
        self.scale = epochs / self._full(first)
        return epochs >= 1

    def _measured(self, first: Candidate) -> bool:
        """How long an epoch takes, and what each fit takes beside its epochs."""
        network = self._networks(first)[0]
        took: list[float] = []
        for epochs in (1, 1, 1 + MEASURED):  # the first time something may have to be compiled
            at = time.perf_counter()
            if not self._fit(network, 0, first, epochs, took[-1] * epochs if took else math.inf):
                return False
            took.append(time.perf_counter() - at)
            if took[-1] > 1:
                break
        once, count = min(took[:2]), len(self.turns)
        one = once if len(took) < 3 else max((took[2] - once) / MEASURED, once / 1000)
        self.each[first], self.fixed = one * count, max(0.0, once - one) * count
        return True

    # --- fits

    def _networks(self, candidate: Candidate) -> list[Network]:
        """A network for each turn, built on the rows that it learns from."""
        target = self.codec if isinstance(self.codec, Classes | Labels) else None
        return [
            self.problem.network(candidate).build(x, y, target=target) for x, y, _, _ in self.data
        ]

    def _in_full(self, trial: Trial) -> None:
        """Fit in full from the start, and judge."""
        trial.outcome = "in full"
        if self._on(trial, self._networks(trial.candidate), 1.0, fresh=True):
            self.tell(f"{trial.candidate.text}: validation loss {trial.loss:.4f}.")

    def _on(
        self, trial: Trial, networks: Sequence[Network], part: float, fresh: bool = False
    ) -> bool:
        """Let the networks of a trial learn for a part of a full fit, and judge them."""
        candidate = trial.candidate
        epochs = self._part(candidate, part)
        expected = self._seconds(candidate, epochs) / len(networks)
        began, found = time.perf_counter(), []
        for place, network in enumerate(networks):
            if not self._fit(network, place, candidate, epochs, expected):
                trial.outcome = "no time" if self.late else "diverged"
                trial.loss, self.late = None, False
                return False
        took = time.perf_counter() - began
        for network, (_, _, x, y) in zip(networks, self.data, strict=True):
            found.append(losses(network, x, y, self.variance))
        if candidate == self.every[0]:
            self.fixed = max(self.fixed, took - self.each.get(candidate, math.inf) * epochs)
        self.each[candidate] = max(took - self.fixed, took / 10) / epochs
        trial.seconds += time.perf_counter() - began
        trial.epochs = epochs if fresh else trial.epochs + epochs
        joined = np.concatenate(found)
        trial.loss = float(joined.mean())
        if not np.isfinite(trial.loss):
            trial.loss, trial.outcome = None, "not finite"
            return False
        if fresh:
            self.errors[candidate] = joined
        return True

    def _fit(
        self, network: Network, place: int, candidate: Candidate, epochs: int, expected: float
    ) -> bool:
        """Let one network learn; whether that came to its end with numbers that are finite."""
        x, y, _, _ = self.data[place]
        batch = None if candidate.batch is None else min(candidate.batch, len(x))
        if place not in self.penalties:
            self.penalties[place] = self.problem.penalty(network, x, y)
        run = network.fit(
            x, y, epochs=epochs, batch=batch, rule=candidate.rule(len(x), self.penalties[place]),
            progress=False, engine=self.problem.engine,
            on_event=self._watch if expected > QUICK else None,
        )  # fmt: skip
        if run.reason == "interrupted" and not self.late:
            raise KeyboardInterrupt
        return run.reason not in ("interrupted", "diverged")

    def _watch(self, event: Event) -> None:
        """End a fit that takes longer than there is time."""
        if time.perf_counter() > self.end:
            self.late = True
            raise KeyboardInterrupt

    # --- time

    def _divide(self, single: bool) -> None:
        self.turns, self.codec = self.problem.turns(single)
        x, y = self.problem.x, self.problem.y
        self.judged = self.turns.words
        self.data = [
            (taken(x, kept), take(y, kept), taken(x, held), take(y, held))
            for kept, held in self.turns.parts
        ]
        self.penalties: dict[int, float] = {}
        """Of the default rule, in each turn."""
        self.variance = None
        if not isinstance(self.codec, Classes | Labels):
            self.variance = spread(take(y, np.concatenate([held for _, held in self.turns.parts])))

    def _full(self, candidate: Candidate) -> int:
        return self.problem.full(candidate, len(self.data[0][0]))

    def _part(self, candidate: Candidate, part: float) -> int:
        return max(1, round(part * self.scale * self._full(candidate)))

    def _seconds(self, candidate: Candidate, epochs: int) -> float:
        """What fits of so many epochs take, in all turns: as measured, or by units and steps."""
        first = self.every[0]
        usual = default_batch(len(self.data[0][0]))
        steps = (first.batch or usual) / (candidate.batch or usual)
        size = (1 + _units(candidate)) / (1 + _units(first))
        likely = self.each.get(first, 0.0) * max(1.0, steps) * max(1.0, size)
        # What was measured in a short fit holds what had to be compiled, too.
        return self.fixed + min(likely, self.each.get(candidate, math.inf)) * epochs

    def _may(self, candidate: Candidate, part: float, until: float) -> bool:
        """Whether there is time for a part of a full fit."""
        return time.perf_counter() + self._seconds(candidate, self._part(candidate, part)) <= until

    def _last(self, candidate: Candidate) -> float:
        """Seconds that fitting on all rows at the end takes."""
        epochs = round(self.scale * self.problem.full(candidate, self.problem.rows))
        return self._seconds(candidate, epochs) / len(self.turns) * self.turns.share

    # --- choosing

    def _chosen(self) -> Trial:
        """The default, or the lowest loss that is lower by more than its standard error."""
        default, best = self.trials[0], self.trials[0]
        if default.candidate not in self.errors:
            done = [trial for trial in self.trials if trial.loss is not None]
            return min(done, key=lambda trial: trial.rank, default=default)
        for trial in self.trials[1:]:
            if trial.candidate not in self.errors:
                continue
            less, error = difference(self.errors[default.candidate], self.errors[trial.candidate])
            if less > error and trial.rank[1] < best.rank[1]:
                best = trial
        return best

    def _why(self, kept: Trial) -> str:
        default = self.trials[0]
        others = len(self.trials) - 1
        if kept is not default:
            if default.loss is None:
                odd = default.outcome == "not finite"
                why = "has no finite loss" if odd else "could not be fitted"
                return f"Kept: {kept.candidate.text}; the default {why}."
            return (
                f"Kept: {kept.candidate.text}, validation loss {kept.loss:.4f} against "
                f"{default.loss:.4f} of the default."
            )
        if not others:
            return "Kept: the default; there was no time for another configuration."
        if default.loss is None:
            return "Kept: the default, for want of another: none has a finite loss."
        return (
            f"Kept: the default; none of {count_of(others, 'other')} was better by more than the "
            "standard error of the difference."
        )


def _best(going: Sequence[_Going]) -> list[_Going]:
    """Those with a loss, the lowest first."""
    done = [one for one in going if one[0].loss is not None]
    return sorted(done, key=lambda one: one[0].loss or 0.0)


def _units(candidate: Candidate) -> float:
    """How large a network is: weights between hidden layers, beside about 30 inputs."""
    if candidate.hidden is None:
        return 10_000 * candidate.width**2
    sizes = [30, *candidate.hidden, 1]
    return float(sum(a * b for a, b in pairwise(sizes)))

"""Metrics of answers that are one of several classes; some of them read several labels a row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from pellucid.dataclass import dataclass
from pellucid.graph import BATCH, Value
from pellucid.hyper import hyper
from pellucid.learn.metrics.base import Metric, share
from pellucid.learn.metrics.labels import present
from pellucid.ops import abs, argmax, cast, equal, one_hot, pad, reshape, slice, sum


@dataclass(frozen=True)
class Accuracy(Metric):
    """The share of right answers. Formula: sum of w over right samples / sum of w.

    With one output, the answer is class 1 where the raw output (a logit) is above 0. With several
    labels a row, an answer is right where each of them is.
    Numerics: 0 where nothing has weight.
    """

    kind = "accuracy"
    reads = ("classes", "labels")

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        if is_several(target):
            wrong = sum(abs(present(output) - target), 1)
            right = cast(wrong < 0.5, "float")
        else:
            right = cast(equal(answers(output), target), "float")
        return {"right": sum(weight * right), "all": sum(weight)}

    def value(self, totals: Mapping[str, Value]) -> Value:
        return share(totals["right"], totals["all"])


@dataclass(frozen=True)
class TopK(Metric):
    """The share of samples whose class is among the k highest outputs.

    Formula: sum of w over samples with fewer than k classes before the right one / sum of w. A
        class is before another when its output is higher, or the same and its number smaller.
    Numerics: with one output, k = 1 is the accuracy and everything above is 1.
    """

    kind = "top_k"
    reads = ("classes",)
    k: int = hyper(5, kind=int, low=1, doc="how many answers count")

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        right = cast(_places(scores(output), target) < self.k, "float")
        return {"right": sum(weight * right), "all": sum(weight)}

    def value(self, totals: Mapping[str, Value]) -> Value:
        return share(totals["right"], totals["all"])


def _places(score: Value, target: Value) -> Value:
    """How many classes are before the right one."""
    number = _classes(score)
    own = sum(score * one_hot(target, number), -1, keepdims=True)
    index = score.builder.constant(list(range(number)))
    earlier = cast(index < reshape(target, (BATCH, 1)), "float")
    tied = cast(equal(score, own), "float") * earlier
    return sum(cast(score > own, "float") + tied, -1)


@dataclass(frozen=True)
class _PerClass(Metric):
    """Metrics that count, class by class, hits, answers and occurrences."""

    def counts(self, output: Value, target: Value, weight: Value) -> dict[str, Value]:
        column, several = reshape(weight, (BATCH, 1)), {}
        if is_several(target):
            given, wanted = present(output), target
            several = {"several": sum(weight)}
        else:
            number = _classes(scores(output))
            given, wanted = one_hot(answers(output), number), one_hot(target, number)
        return several | {
            "hits": sum(column * (given * wanted), 0),
            "given": sum(column * given, 0),
            "wanted": sum(column * wanted, 0),
        }


@dataclass(frozen=True)
class BalancedAccuracy(_PerClass):
    """The share of right answers, each class counting the same however often it occurs.

    Formula: mean over the classes that occur of (weight of their right answers / their weight).
    Numerics: 0 where nothing has weight.
    """

    kind = "balanced_accuracy"
    reads = ("classes",)

    def value(self, totals: Mapping[str, Value]) -> Value:
        occurs = cast(totals["wanted"] > 0.0, "float")
        return share(sum(share(totals["hits"], totals["wanted"])), sum(occurs))


AVERAGES = ("auto", "binary", "macro", "micro", "weighted")


@dataclass(frozen=True)
class _Averaged(_PerClass):
    """Metrics that have one value a class, and are averaged over the classes.

    ``binary`` is the value of class 1; ``macro`` the mean over the classes that occur among targets
    or answers; ``weighted`` the mean with the weight of each class's targets; ``micro`` the value
    of all classes' counts together; ``auto`` is binary with two classes and macro with more.
    """

    average: str = hyper("auto", kind=str, choices=AVERAGES, doc="how classes are taken together")

    def value(self, totals: Mapping[str, Value]) -> Value:
        hits, given, wanted = totals["hits"], totals["given"], totals["wanted"]
        average = self.average
        if average == "auto":
            pair = hits.shape == (2,) and "several" not in totals
            average = "binary" if pair else "macro"
        if average == "micro":
            return self.ratio(sum(hits), sum(given), sum(wanted))
        each = self.ratio(hits, given, wanted)
        if average == "binary":
            return reshape(slice(each, 0, 1, 2), ())
        among = wanted if average == "weighted" else cast(given + wanted > 0.0, "float")
        return share(sum(each * among), sum(among))

    @abstractmethod
    def ratio(self, hits: Value, given: Value, wanted: Value) -> Value:
        """Add the nodes of the value from the weights of hits, answers and targets."""


@dataclass(frozen=True)
class Precision(_Averaged):
    """How many of the answers that name a class are right.

    Formula: weight of the right answers "class c" / weight of all answers "class c".
    Parameters:
        average: binary (class 1), macro, weighted, micro; auto: binary with two classes, else
            macro.
    Numerics: 0 for a class that is never answered.
    """

    kind = "precision"
    reads = ("classes", "labels")

    def ratio(self, hits: Value, given: Value, wanted: Value) -> Value:
        return share(hits, given)


@dataclass(frozen=True)
class Recall(_Averaged):
    """How many of the samples of a class are found.

    Formula: weight of the right answers "class c" / weight of all samples of class c.
    Parameters:
        average: binary (class 1), macro, weighted, micro; auto: binary with two classes, else
            macro.
    Numerics: 0 for a class that never occurs.
    """

    kind = "recall"
    reads = ("classes", "labels")

    def ratio(self, hits: Value, given: Value, wanted: Value) -> Value:
        return share(hits, wanted)


@dataclass(frozen=True)
class F1(_Averaged):
    """The harmonic mean of precision and recall.

    Formula: 2 hits / (answers + samples), all as weights of class c.
    Parameters:
        average: binary (class 1), macro, weighted, micro; auto: binary with two classes, else
            macro.
    Numerics: 0 for a class that neither occurs nor is answered.
    """

    kind = "f1"
    reads = ("classes", "labels")

    def ratio(self, hits: Value, given: Value, wanted: Value) -> Value:
        return share(2.0 * hits, given + wanted)


def answers(output: Value) -> Value:
    """The class that each row of raw outputs stands for: the highest wins, the first of equals."""
    return argmax(scores(output), -1)


def scores(output: Value) -> Value:
    """One column a class: a single output z stands for the scores 0 and z of two classes."""
    return pad(output, 1, before=1) if output.shape[-1] == 1 else output


def _classes(score: Value) -> int:
    width = score.shape[-1]
    assert isinstance(width, int)
    return width


def is_several(target: Value) -> bool:
    """Whether targets are columns of labels, 0.0 and 1.0, and no class a row."""
    return len(target.shape) == 2

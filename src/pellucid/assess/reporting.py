"""The report on a network: the evidence, and the page, text or JSON made from it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from html import escape
from typing import Any, cast

import numpy as np

from pellucid.assess.baselines import answered
from pellucid.assess.cases import ShownCases, shown_cases
from pellucid.assess.evidence import evidence
from pellucid.assess.parts import Parts, label_names
from pellucid.assess.scores import scores
from pellucid.assess.tested import Tested, compared_rows
from pellucid.data.codec import Counts, Numbers, TargetCodec
from pellucid.data.columns.missing import complete_rows
from pellucid.data.dataset import Dataset, Kind
from pellucid.data.fingerprint import fingerprint
from pellucid.data.frame import Table
from pellucid.dataclass import dataclass
from pellucid.errors import DataError
from pellucid.models.answers import comparable
from pellucid.models.network import Network
from pellucid.models.prepare import check_labelled, given
from pellucid.models.run import Run
from pellucid.models.saving import versions
from pellucid.plain import plain


@dataclass(frozen=True)
class Report:
    """What is known of a network: as a page, as text, or as plain values.

    Attributes:
        record: all numbers, as ``run.json`` holds them, with the evidence under "report".
        cases: test rows to be looked at.

    Example:
        >>> from pellucid import Network, assess, data
        >>> training, test = data.load("iris").split()
        >>> net = Network(hidden=[8], seed=0)
        >>> run = net.fit(*training, epochs=40)
        >>> report = assess.report(net, test, training=training, run=run)
        >>> report.row()["report"]["test_rows"]
        30
        >>> report.write("report.html")  # doctest: +SKIP
    """

    record: Mapping[str, Any]
    cases: ShownCases = field(repr=False)

    def html(self) -> str:
        """The page: one file that needs nothing else."""
        from pellucid.assess.page import to_html

        return to_html(self.record, self.cases)

    def markdown(self) -> str:
        """The same as Markdown."""
        from pellucid.assess.page import to_markdown

        return to_markdown(self.record, self.cases)

    def row(self) -> dict[str, Any]:
        """All numbers as plain values."""
        found: dict[str, Any] = json.loads(self.to_json())
        return found

    def to_json(self) -> str:
        """All numbers as strict JSON; what is not finite is null."""
        return json.dumps(plain(self.record), allow_nan=False)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write it whole: as Markdown for ``.md``, as JSON for ``.json``, else as a page.

        Raises: ``FileError``.
        """
        from pellucid.io.files import write_whole

        ending = os.path.splitext(os.fspath(path))[1].lower()  # noqa: PTH122
        text = {".md": self.markdown, ".json": self.to_json}.get(ending, self.html)()
        write_whole(path, text.encode("utf-8"))

    def figures(self, template: str = "light") -> dict[str, Any]:
        """The report's figures for a notebook, by name: Plotly figures that can be changed."""
        from pellucid import figures

        found = self.record["report"]
        main = [
            row for row in found["compared"] if row["measure"] == found["compared"][0]["measure"]
        ]
        made = {"scores": figures.score_intervals(main, template)}
        if found["history"]:
            made["learning"] = figures.learning_curves(found["history"], template)
        if "counts" in found:
            made["confusions"] = figures.confusion_matrix(
                found["counts"], found["classes"], template
            )
        if "calibration" in found:
            made["chances"] = figures.reliability_curve(found["calibration"]["bins"], template)
        if "points" in found:
            made["predicted"] = figures.predicted_true(found["points"], template=template)
            made["errors"] = figures.error_histogram(found["errors"], template=template)
        important = found["importance"]
        if important is not None and important["of"] == "columns":
            made["importance"] = figures.importance_bars(important["columns"], template)
        return made

    def _repr_html_(self) -> str:
        """The page in a frame of its own, so that its style stays within."""
        return (
            f'<iframe srcdoc="{escape(self.html())}" sandbox="allow-scripts" '
            'style="width:100%;height:900px;border:0" title="Report"></iframe>'
        )


def report(
    network: Network, x: Any, y: Any = None, *, training: Any = None, run: Run | None = None,
    audit: Sequence[Any] | None = None, held_out: bool = True, name: str = "data", seed: int = 0,
) -> Report:  # fmt: skip
    """Test a network on rows, and report on it.

    Parameters:
        x, y: the rows to test with, and their targets; y may be the name of a data frame's column.
            Or a ``Dataset`` alone, which knows what its columns and classes are called.
        training: the rows it learned from, as (x, y) or a ``Dataset``: with them simple models are
            tried beside it.
        run: what ``fit`` returned, for the learning curves.
        audit: findings in the data, each with ``row()``.
        held_out: whether the rows to test with were kept apart while it learned.
        name: what the data are called.
        seed: what all draws follow from.
    Raises: ``DataError``, ``ShapeError`` for rows unlike those it learned from.
    """
    test = _dataset(network, x, y, name)
    learned = None if training is None else _dataset(network, training, None, name)
    parts = Parts(learned or test, None, test, np.arange(len(test)), held_out)
    predicted = comparable(network._parts()[2], network.predict(test.x))
    tested = Tested(network, parts, predicted, compared_rows(test, seed), seed=seed)
    beside: dict[str, Any] = {}
    if learned is not None:
        some = test.take(tested.compared)
        others = {}
        every = answered(_kept(learned, network), some, seed, network._columns, network._missing)
        for model, values, answers in every:
            beside[model], others[model] = values, answers
        tested.others = others
    record = {
        "metrics": scores(tested.kind, tested.true, tested.predicted),
        "baselines": beside,
        "parameters": network.architecture.learned.size,
        "data": _facts(network, test, learned),
        "versions": versions(),
        "machine": machine(),
        "seed": seed,
        **(_of_run(run) if run is not None else {}),
    }
    if audit is not None:
        record["audit"] = [finding.row() for finding in audit]
    return made(record, tested, run.history.rows if run is not None else ())


def made(record: Mapping[str, Any], tested: Tested, history: Sequence[Mapping[str, Any]]) -> Report:
    """The report on what was tested, beside what is known of the run already."""
    found = plain(evidence(tested, history))
    return Report({**plain(record), "report": found}, shown_cases(tested, found))


def machine() -> str:
    """The machine in a few words: system, processor, how many CPUs there are to use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {usable} CPUs"


def _dataset(network: Network, x: Any, y: Any, name: str) -> Dataset:
    """Rows and targets as a data set; what is one already, or a pair, is taken so.

    What its targets are is what the network was fitted to: labels become columns of yes and no.
    """
    target_codec = network._parts()[2]
    check_labelled(x, target_codec)
    if isinstance(x, Dataset):
        return replace(x, y=_compared(target_codec, x.y), kind=cast(Kind, target_codec.kind))
    if isinstance(x, tuple) and y is None and len(x) == 2:
        x, y = x
    if y is None:
        raise DataError("A report needs targets to compare with, and there is no y. Give y.")
    target = y if isinstance(y, str) else None
    x, y = given(x, y, network.inputs)
    kind = cast(Kind, target_codec.kind)
    names = tuple(x.columns) if isinstance(x, Table) else ()
    labels = None if network.classes is None else tuple(map(str, network.classes))
    if kind == "labels":
        labels = label_names(target_codec)
    shape = (int(x.shape[-2]), int(x.shape[-1])) if x.ndim > 2 else None
    return Dataset(
        name, x, _compared(target_codec, y), kind, names, labels, shape, target=target,
        framing=network.framing,
    )  # fmt: skip


def _compared(target: TargetCodec, y: Any) -> np.ndarray[Any, Any]:
    """Targets in the form of the answers; numbers have one axis where the answers have one."""
    if isinstance(target, Numbers | Counts):
        target.encode(y)  # refuses another number of columns
        values = np.asarray(y)
        return values.reshape(-1) if target.flat else values.reshape(len(values), -1)
    return comparable(target, y)


def _kept(learned: Dataset, network: Network) -> Dataset:
    """The rows that were not dropped for a missing value."""
    if not network._missing or not isinstance(learned.x, Table):
        return learned
    rows = complete_rows(learned.x, network._missing)
    return learned if rows is None else learned.take(rows)


def _facts(network: Network, test: Dataset, learned: Dataset | None) -> dict[str, Any]:
    """What is known of the data."""
    from pellucid.data.codec import TableCodec

    facts: dict[str, Any] = {
        "name": test.name, "target": test.target, "test_rows": len(test),
        "classes": list(test.class_names or ()), "test_sha256": fingerprint(test.x, test.y),
    }  # fmt: skip
    if learned is not None:
        facts |= {"training_rows": len(learned), "sha256": fingerprint(learned.x, learned.y)}
    if isinstance(network.inputs, TableCodec):
        facts["columns"] = network.inputs.rows()
    return facts


def _of_run(run: Run) -> dict[str, Any]:
    started, ended = run.history.started, run.history.ended
    return {
        "seconds": run.seconds,
        "stopped": run.reason,
        "epochs": len(run.history),
        "best_epoch": ended.best_epoch if ended else None,
        "engine": started.engine if started else None,
        "precision": started.precision if started else None,
    }

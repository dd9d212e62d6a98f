"""What ``pellucid train`` does: data, network, run, scores, and what is kept of them."""

from __future__ import annotations

import re
import shlex
import sys
import time
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from threading import Thread
from typing import Any, TextIO

from pellucid.assess.baselines import answered, load_models
from pellucid.assess.cross import CrossValidation
from pellucid.assess.parts import Parts
from pellucid.assess.reporting import Report as Evidence
from pellucid.assess.reporting import machine, made
from pellucid.assess.scores import scores
from pellucid.assess.search import Search
from pellucid.assess.tested import Tested, compared_rows
from pellucid.cli.asked import Asked
from pellucid.cli.choices import choose_rule
from pellucid.cli.deciding import Decided, decide
from pellucid.cli.findings import Audit
from pellucid.cli.folding import check_folds, fold, unwatched
from pellucid.cli.jobs import check_jobs
from pellucid.cli.output import Failed, new_things, plain, say, say_json, warn, width, writing
from pellucid.cli.preparing import epochs, make_network, new_network, opened, usable
from pellucid.cli.provenance import describe, rule_text
from pellucid.cli.report import Report
from pellucid.cli.searching import check_budget, check_judged, look, parts_for, with_choice
from pellucid.data.dataset import Dataset
from pellucid.errors import DivergenceWarning, ParameterError
from pellucid.io.run_folder import RunFolder
from pellucid.learn.events import Event
from pellucid.models.answers import comparable
from pellucid.models.network import Network
from pellucid.models.run import Run
from pellucid.models.saving import versions
from pellucid.nn.spec import layer_to_record
from pellucid.run.choose import executor


def learn(asked: Asked) -> None:
    """Do all of it. Nothing is written before everything that can be checked has been."""
    check_budget(asked)
    check_folds(asked)
    dataset = usable(opened(asked), asked)
    parts = parts_for(dataset, asked)
    if asked.patience is not None and parts.validation is None:
        raise ParameterError(
            f"--patience watches held-out rows, and of {len(dataset)} rows none are held out. "
            "Give --validation 0.2."
        )
    if asked.batch is not None and asked.batch > len(parts.training):
        raise ParameterError(
            f"--batch {asked.batch} is more than the {len(parts.training)} rows to learn from. "
            "Use a smaller batch."
        )
    check_jobs(asked.jobs, parts.training, parts.validation is not None)
    check_judged(asked, parts.training.kind)
    engine = executor(asked.engine, None, asked.threads)
    network = make_network(asked, parts.training)
    rule = choose_rule(asked.rule, asked.rate, network, *parts.training)
    stem = re.sub(r"[^\w.-]+", "-", dataset.name).strip("-.") or "data"
    folder = RunFolder.claim(asked.out) if asked.out else RunFolder.claim_next(stem)
    work = _Work(asked, dataset, parts, network, folder)
    try:
        if asked.budget is not None:
            rule = work.search(engine)
        work.report.opening(dataset, dataset.target, parts, work.network)
        work.audit.before(dataset, parts, work.network, work.report)
        work.tell_search()
        work.cross_validate(engine)
        work.start(rule, engine)
        work.keep()
    except BaseException:
        if not folder.model.exists():
            folder.release()
        raise
    work.decide()
    work.compare()
    work.examine()
    work.finish()


@dataclass
class _Work:
    """One run of the command, and what came of it so far."""

    asked: Asked
    dataset: Dataset
    parts: Parts
    network: Network
    folder: RunFolder
    searched: Search | None = None
    folded: CrossValidation | None = None
    run: Run | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    tested: Tested | None = None
    evidence: Evidence | None = None
    finished: str | None = None
    decided: Decided = field(default_factory=Decided)
    said: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.perf_counter)
    importing: Thread = field(default_factory=lambda: Thread(target=load_models))

    @cached_property
    def audit(self) -> Audit:
        """What was found in the data, and what the trained network says of them."""
        return Audit(self.asked)

    @cached_property
    def data(self) -> dict[str, Any]:
        """What the model's file and ``run.json`` say of the data."""
        return describe(self.dataset, self.parts, self.asked, self.network)

    @property
    def report(self) -> Report:
        """Where the human text goes: stdout, or stderr beside JSON, or nowhere."""
        if self.asked.quiet:
            return Report(None)
        stream: TextIO = sys.stderr if self.asked.as_json else sys.stdout
        return Report(stream)

    def search(self, engine: Any) -> Any:
        """Look for a configuration; the network and the rule become those of the best."""
        training = self.parts.training
        self.searched = look(self.asked, training, engine)
        self.network = self.searched.network
        self.asked = with_choice(self.asked, self.searched)
        return self.searched.rule

    def tell_search(self) -> None:
        """Say what was tried."""
        if self.searched is not None:
            self.report.say(self.searched.text(width()) + "\n")

    def cross_validate(self, engine: Any) -> None:
        """Test on folds of the rows to learn from, where that was asked for."""
        if self.asked.folds is not None:
            asked, training = self.asked, self.parts.training
            fresh = new_network(asked, training)
            self.folded = fold(asked, training, fresh, epochs(asked, training), engine)
            self.report.say(self.folded.text(width()) + "\n")

    def start(self, rule: Any, engine: Any) -> None:
        """Train; Ctrl-C that comes before there is anything to keep ends the command.

        Meanwhile another thread imports the baselines' library: compiled training leaves it a CPU.
        The program waits for it before it ends: no import is broken off within compiled code.
        """
        self.importing.start()
        try:
            self.train(rule, engine)
            early = self.done.reason == "interrupted" and self.network.steps_taken == 0
        except KeyboardInterrupt:
            early = True
        if early:
            warn("Interrupted before the first step: nothing was learned, nothing was saved.")
            raise SystemExit(1)

    def train(self, rule: Any, engine: Any) -> None:
        """Fit the network; warnings become lines on stderr."""
        asked, parts = self.asked, self.parts
        watched = None
        if parts.validation is not None:
            watched = (parts.validation.x, parts.validation.y, parts.validation.weights)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.run = self.network.fit(
                parts.training.x, parts.training.y,
                epochs=epochs(asked, parts.training), batch=asked.batch, rule=rule,
                validation=watched, early_stopping=asked.patience, engine=engine,
                sample_weight=parts.training.weights,
                class_weight="balanced" if asked.jobs.balance else None,
                progress=False if asked.quiet else None, on_event=self._note,
            )  # fmt: skip
        for warning in caught:
            if not issubclass(warning.category, DivergenceWarning):
                self.warn(str(warning.message))

    def warn(self, message: str) -> None:
        """Write a warning to stderr, once."""
        if message not in self.said:
            self.said.add(message)
            warn(f"Warning: {message}")

    def _note(self, event: Event) -> None:
        self.events.append(plain({k: v for k, v in event.row().items() if k != "log"}))

    def keep(self) -> None:
        """Save the model before anything else can go wrong."""
        self.network.provenance = {
            "command": self.asked.command,
            "data": self.data,
            **{name: value for name, value in settings(self).items() if name != "layers"},
            "stopped": self.done.reason,
            "seed": self.asked.seed,
            "versions": versions(),
        }
        with writing():
            self.network.save(self.folder.model)
            self.folder.write_events(self.events)
            self.folder.write_record(self.record())

    def decide(self) -> None:
        """Fit what is fitted on the rows watched, and keep the model with it."""
        if self.done.history.diverged is not None:
            return
        try:
            decide(self.network, self.parts, self.asked.jobs, self.decided)
        except KeyboardInterrupt:
            warn("Interrupted: the model is kept without calibration.")
        with writing():
            self.network.save(self.folder.model)

    @property
    def done(self) -> Run:
        """The run, once it was done."""
        assert self.run is not None
        return self.run

    def compare(self) -> None:
        """Test network and baselines on the same rows; Ctrl-C leaves the rest of them out."""
        if self.done.history.diverged is not None:
            return
        if self.done.reason == "interrupted" and not self.asked.quiet:
            warn("Interrupted: the model is saved as it is. Ctrl-C again skips the comparison.")
        test, training = self.parts.test, self.parts.training
        with new_things(self.warn):
            predicted = comparable(self.network._parts()[2], self.network.predict(test.x))
            self.metrics = scores(test.kind, test.y, predicted)
            self.metrics["loss"] = self.network.evaluate(test.x, test.y)["loss"]
        rows = compared_rows(test, self.asked.seed)
        others: dict[str, Any] = {}
        try:
            self.importing.join()
            some = test if len(rows) == len(test) else test.take(rows)
            asked = self.asked
            every = answered(training, some, asked.seed, asked.column, asked.missing)
            for name, values, answers in every:
                fewer = {"test_rows": len(some)} if some is not test else {}
                self.found[name], others[name] = values | fewer, answers
            with new_things(self.warn):
                self.audit.after(self.network, self.parts)
        except KeyboardInterrupt:
            warn("Interrupted: not all of the simple models were tried.")
        self.finished = datetime.now(UTC).isoformat(timespec="seconds")
        self.tested = Tested(self.network, self.parts, predicted, rows, others, self.asked.seed)

    def examine(self) -> None:
        """Gather the evidence of the report; Ctrl-C leaves it out."""
        if self.tested is None or self.asked.no_report:
            return
        try:
            with new_things(self.warn):
                self.evidence = made(self.record(), self.tested, self.done.history.rows)
        except KeyboardInterrupt:
            warn("Interrupted: no report was made.")

    def finish(self) -> None:
        """Write the record, say what there is to say, and fail if the run did."""
        with writing():
            self.folder.write_record(self.record())
            if self.evidence is not None:
                self.evidence.write(self.folder.page)
                if self.asked.markdown:
                    self.evidence.write(self.folder.text)
        diverged = self.done.history.diverged
        if diverged is None:
            with new_things(self.warn):
                self.report.closing(
                    self.network, self.done, self.parts, self.metrics, self.found,
                    [*self.decided.notes(), *unwatched(self.asked, self.parts.training.kind)],
                )  # fmt: skip
                self.audit.closing(self.report)
            self.report.where(self.folder, self.evidence is not None)
        if self.asked.as_json:
            say_json(self.record())
        elif self.asked.quiet:
            say(str(self.folder.path))
        if diverged is not None:
            raise Failed(
                f"{diverged.message} They are kept in {self.folder.model}. `pellucid diagnose "
                f"{shlex.quote(str(self.folder.path))}` says why it broke, and what to do."
            )

    def record(self) -> dict[str, Any]:
        """What ``run.json`` holds, and what ``--json`` prints."""
        history = self.done.history
        started = history.started
        values = {
            "metrics": self.metrics,
            "baselines": self.found,
            "audit": self.audit.rows(),
            **self.decided.row(),
            "seconds": self.done.seconds,
            "seconds_in_all": time.perf_counter() - self.began,
            "engine": started.engine if started else self.asked.engine,
            "precision": started.precision if started else None,
            "out": str(self.folder.path),
            "stopped": self.done.reason,
            "epochs": len(history.rows),
            "best_epoch": history.ended.best_epoch if history.ended else None,
            "parameters": self.network.architecture.learned.size,
            "last": history.rows[-1] if history.rows else None,
            "data": self.data,
            "settings": settings(self),
            "versions": versions(),
            "seed": self.asked.seed,
            "command": self.asked.command,
            "machine": machine(),
            "finished": self.finished,
        }
        if self.evidence is not None:
            values["report"] = self.evidence.record["report"]
        if self.searched is not None:
            values["search"] = self.searched.record()
        if self.folded is not None:
            values["folds"] = self.folded.record()
        record: dict[str, Any] = plain(values)
        return record


def settings(work: _Work) -> dict[str, Any]:
    """Every choice that the run was given, or made."""
    started = work.done.history.started
    return {
        "layers": [layer_to_record(layer) for layer in work.network.layers],
        "rule": rule_text(work.done.rule),
        "batch": started.batch if started else work.asked.batch,
        "epochs": started.epochs if started else work.asked.epochs,
        "patience": work.asked.patience,
    }

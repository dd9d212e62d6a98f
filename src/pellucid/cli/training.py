"""What ``pellucid train`` does: data, network, run, scores, and what is kept of them."""

from __future__ import annotations

import re
import shlex
import sys
import time
import warnings
from dataclasses import field
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
from pellucid.cli.again import DONE, LEARNED, PREPARING, RUNNING, Again
from pellucid.cli.asked import Asked
from pellucid.cli.choices import choose_rule
from pellucid.cli.deciding import Decided, decide
from pellucid.cli.findings import Audit
from pellucid.cli.folding import check_folds, fold, unwatched
from pellucid.cli.jobs import check_jobs
from pellucid.cli.journal import Journal, resumable
from pellucid.cli.output import Failed, new_things, say, say_json, warn, width, writing
from pellucid.cli.preparing import epochs, made_run, make_network, new_network, opened, usable
from pellucid.cli.provenance import check_same, computed, describe, rule_text
from pellucid.cli.report import Report
from pellucid.cli.searching import check_budget, check_judged, look, parts_for, with_choice
from pellucid.data.dataset import Dataset
from pellucid.dataclass import dataclass
from pellucid.errors import DivergenceWarning, ParameterError
from pellucid.io.checkpoints import Checkpoints
from pellucid.io.run_folder import RunFolder
from pellucid.learn.events import Event
from pellucid.models.answers import comparable
from pellucid.models.network import Network
from pellucid.models.run import Run
from pellucid.models.saving import versions
from pellucid.nn.spec import layer_to_record
from pellucid.plain import plain
from pellucid.run.choose import executor


def learn(asked: Asked, again: Again | None = None) -> None:
    """Do all of it. Nothing is written before everything that can be checked has been.

    ``again`` is the folder of a run that was broken off: then what is left of it is done.
    """
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
    if again is not None and again.has_begun:
        check_same(again.path, again.record, dataset)
        engine, network, rule = again.engine(), again.network(parts.training), again.rule()
        asked = again.chosen() if asked.budget is not None else asked
    else:
        engine = executor(asked.engine, None, asked.threads)
        network = make_network(asked, parts.training)
        rule = choose_rule(asked.rule, asked.rate, network, *parts.training)
    folder = _folder(asked, dataset.name) if again is None else again.folder
    work = _Work(asked, dataset, parts, network, folder, again)
    try:
        if asked.budget is not None and not work.goes_on:
            rule = work.search(engine)
        work.report.opening(dataset, dataset.target, parts, work.network)
        work.audit.before(dataset, parts, work.network, work.report)
        work.tell_search()
        work.cross_validate(engine)
        work.start(rule, engine)
        work.keep()
    except BaseException:
        if again is None and not work.network.steps_taken:
            Checkpoints(folder.path).clear()
            folder.release()
        raise
    work.decide()
    work.compare()
    work.examine()
    work.finish()


def _folder(asked: Asked, name: str) -> RunFolder:
    """Claim the run's folder; with what it says already, the command can be given again."""
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "data"
    record = {"status": PREPARING, "command": asked.command}
    if asked.out:
        return RunFolder.claim(asked.out, record)
    return RunFolder.claim_next(stem, record=record)


@dataclass
class _Work:
    """One run of the command, and what came of it so far."""

    asked: Asked
    dataset: Dataset
    parts: Parts
    network: Network
    folder: RunFolder
    again: Again | None = None
    status: str = RUNNING
    journal: Journal | None = None
    searched: Search | None = None
    folded: CrossValidation | None = None
    run: Run | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    tested: Tested | None = None
    evidence: Evidence | None = None
    finished: str | None = None
    decided: Decided = field(default_factory=Decided)
    said: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.perf_counter)
    importing: Thread = field(default_factory=lambda: Thread(target=load_models))

    @property
    def goes_on(self) -> bool:
        """Whether the training of a run that was broken off goes on."""
        return self.again is not None and self.again.has_begun

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
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.run = made_run(
                self.network, self.parts, self.asked, rule, engine, on_event=self._note
            )
            self._pull(self.run)
        for warning in caught:
            if not issubclass(warning.category, DivergenceWarning):
                self.warn(str(warning.message))

    def warn(self, message: str) -> None:
        """Write a warning to stderr, once."""
        if message not in self.said:
            self.said.add(message)
            warn(f"Warning: {message}")

    def _pull(self, run: Run) -> None:
        """Train, and write down what happens; a run that was broken off goes on from there."""
        began, rows = None, list[dict[str, Any]]()
        if self.again is not None and self.goes_on:
            began, rows = self.again.go_on(run)
            for fault in self.again.faults:
                self.warn(fault)
            self.report.say(self.again.text(run) + "\n")
        with writing():
            self.folder.write_record(self.record())
            self.journal = Journal(self.folder, run, self.asked.checkpoint_every, self.warn, rows)
        try:
            run.pull(self.journal.events(began))
        finally:
            self.journal.close()

    def _note(self, event: Event) -> None:
        assert self.journal is not None
        self.journal.note(event)

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
        self.status, self.done.recording = LEARNED, None  # the samples are not needed any more
        with resumable(self.folder):
            self.network.save(self.folder.model)
            self.folder.write_record(self.record())

    def decide(self) -> None:
        """Fit what is fitted on the rows watched, and keep the model with it."""
        if self.done.history.diverged is not None:
            return
        try:
            decide(self.network, self.parts, self.asked.jobs, self.decided)
        except KeyboardInterrupt:
            warn("Interrupted: the model is kept without calibration.")
        with resumable(self.folder):
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
        reason = self.done.reason
        self.status = reason if reason in ("interrupted", "diverged") else DONE
        with resumable(self.folder):
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
            "status": self.status,
            "metrics": self.metrics,
            "baselines": self.found,
            "audit": self.audit.rows(),
            **self.decided.row(),
            "seconds": self.done.seconds,
            "seconds_in_all": time.perf_counter() - self.began,
            "engine": started.engine if started else self.asked.engine,
            "precision": started.precision if started else None,
            "out": str(self.folder.path),
            "stopped": self.done.reason if history.ended else None,
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
            "computed": computed(self.done.settings.engine),
            "finished": self.finished,
        }
        if self.evidence is not None:
            values["report"] = self.evidence.record["report"]
        if self.searched is not None:
            values["search"] = self.searched.record()
        elif self.again is not None and "search" in self.again.record:
            values["search"] = self.again.record["search"]
        if self.folded is not None:
            values["folds"] = self.folded.record()
        record: dict[str, Any] = plain(values)
        return record


def settings(work: _Work) -> dict[str, Any]:
    """Every choice that the run was given, or made."""
    started, plan = work.done.history.started, work.done.settings.plan
    return {
        "layers": [layer_to_record(layer) for layer in work.network.layers],
        "rule": rule_text(work.done.rule),
        "batch": started.batch if started else plan.batch,
        "epochs": plan.epochs,
        "patience": work.asked.patience,
    }

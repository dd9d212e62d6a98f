"""What is found about a training: one frozen row a finding, with evidence and a remedy to apply.

As the findings of the audit are about data, these are about what happened to the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, field
from textwrap import fill
from typing import TYPE_CHECKING, Any

from pellucid.data.audit.finding import SEVERITIES, Severity
from pellucid.dataclass import dataclass
from pellucid.errors import unknown_name

if TYPE_CHECKING:
    from pellucid.models.run import Run

WIDTH = 100
"""How wide text is where nobody says otherwise."""
KINDS = (
    "bad_row", "bad_weight", "bad_target", "bad_rate", "sorted_batches", "leak", "symmetry",
    "loss_scale", "unscaled_inputs", "exploding_chain", "log_of_zero", "log_of_negative",
    "division_by_zero", "root_of_negative", "slope_of_root", "power_of_negative", "rate_too_high",
    "dead_units", "vanishing_gradients", "exploding_gradients", "saturated_units", "exp_overflow",
    "precision", "overflow", "rank_collapse", "rate_too_low", "overfitting", "constant_answer",
    "class_never_given", "plateau", "unknown",
)  # fmt: skip
"""All kinds of findings, causes before what they bring about: told in this order."""


@dataclass(frozen=True)
class TrainingFinding:
    """One thing that was found about a training.

    Attributes:
        kind: one of ``KINDS``.
        severity: "serious": what was learned is not to be used as it is; "warning": probably a
            fault; "note": good to know.
        title: what was found, in one sentence.
        evidence: the numbers it rests on.
        remedy: what to do, in words.
        change: the settings that do it, by name; ``apply`` trains again with them.
        layer: the layer concerned, if it is one.
        step: how many steps had been taken when it was seen.
        rows, columns: the rows (counted from 0) and columns of the data concerned.
    """

    kind: str
    severity: Severity
    title: str
    evidence: str
    remedy: str
    change: Mapping[str, Any] = field(default_factory=dict)
    layer: str = ""
    step: int | None = None
    rows: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown_name("kind of finding", self.kind, KINDS)
        if self.severity not in SEVERITIES:
            raise unknown_name("severity", self.severity, SEVERITIES)

    def row(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        values = asdict(self) | {"change": dict(self.change)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }

    def apply(self, run: Run, x: Any, y: Any, **options: Any) -> Run:
        """Train a fresh network as the run was trained, but with ``change``.

        See ``pellucid.inspect.health.remedy.train_again``.
        """
        from pellucid.inspect.health.remedy import train_again

        return train_again(run, x, y, self.change, **options)

    def settings(self, run: Run) -> dict[str, Any]:
        """What of ``change`` a branch can take: ``run.branch(0, **finding.settings(run))``."""
        from pellucid.inspect.health.remedy import branch_settings

        return branch_settings(run, self.change)

    def words(self, columns: int = WIDTH) -> str:
        """What was found, why one may believe it, and what to do."""
        lines = [f"{self.severity}: {self.title}", f"  {self.evidence}", f"  -> {self.remedy}"]
        return "\n".join(wrapped(line, columns) for line in lines)

    def text(self, columns: int = WIDTH) -> str:
        """The same, with the settings that do it."""
        settings = ", ".join(f"{name}={value!r}" for name, value in self.change.items())
        return self.words(columns) + (f"\n     {settings}" if settings else "")


def causes_first(findings: Iterable[TrainingFinding]) -> tuple[TrainingFinding, ...]:
    """The findings, the serious first, and among them causes before what they bring about."""
    return tuple(
        sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), KINDS.index(f.kind)))
    )


def wrapped(line: str, columns: int, hanging: int | None = None) -> str:
    """A line broken where it is too long, what follows as far to the right as it begins.

    Example:
        >>> print(wrapped("  one two three", 10))
          one two
          three
    """
    indent = len(line) - len(line.lstrip())
    return fill(
        line.lstrip(), columns, initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hanging is None else hanging),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def spell(value: float) -> str:
    """A number for a sentence: three digits, with commas where it is large and whole.

    Example:
        >>> spell(0.012345), spell(1234567.0), spell(3.2e12), spell(5.0)
        ('0.0123', '1,234,567', '3.2e+12', '5')
    """
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "infinity" if value > 0 else "-infinity"
    if 1000 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def share(ratio: float, of: str = "") -> str:
    """A ratio as a share of something, or as times it where it is large.

    Example:
        >>> share(0.0123), share(1623.4, "its length")
        ('1.23 %', '1,623 times its length')
    """
    if ratio >= 10:
        return f"{spell(ratio)} times{of and ' ' + of}"
    return f"{spell(100 * ratio)} %{of and ' of ' + of}"

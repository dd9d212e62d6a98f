"""Findings of the audit as text: all of them, or the worst in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from textwrap import fill
from typing import TYPE_CHECKING, Any

from pellucid.cli.output import width
from pellucid.data.arrays import count_of
from pellucid.dataclass import dataclass

if TYPE_CHECKING:
    from pellucid.assess.parts import Parts
    from pellucid.cli.asked import Asked
    from pellucid.cli.report import Report
    from pellucid.data.audit import Finding
    from pellucid.data.dataset import Dataset
    from pellucid.models.network import Network

SHOWN = 3
INDENT = 9


@dataclass
class Audit:
    """What is found in the data of one run: before it learns, and by what it learned."""

    asked: Asked
    findings: list[Finding] = field(default_factory=list)
    suspected: list[Finding] = field(default_factory=list)

    def before(self, dataset: Dataset, parts: Parts, network: Network, report: Report) -> None:
        """Look for faults in the data, and say the worst of them."""
        if self.asked.no_audit:
            return
        kinds = kinds_of(network) | self.asked.column
        self.findings += audited(dataset, parts, kinds, self.asked.seed)
        text = in_short(self.findings, width())
        if text:
            report.say(f"{text}\n")

    def after(self, network: Network, parts: Parts) -> None:
        """Look for labels that the trained network confidently disagrees with."""
        from pellucid.assess.suspects import suspects

        if not self.asked.no_audit:
            self.suspected += suspects(
                network, parts, self.asked.column, self.asked.seed, self.asked.missing
            )

    def closing(self, report: Report) -> None:
        """Say the worst of what came of that."""
        text = in_short(self.suspected, width(), "Labels")
        if text:
            report.say(f"\n{text}")

    def rows(self) -> list[dict[str, Any]]:
        """All findings as plain JSON."""
        return [finding.row() for finding in (*self.findings, *self.suspected)]


def kinds_of(network: Network) -> dict[str, str]:
    """The kinds of the columns that the network takes; none for arrays."""
    from pellucid.data.table_codec import TableCodec

    codec = network.inputs
    return {c.name: c.kind for c in codec.columns} if isinstance(codec, TableCodec) else {}


def audited(
    dataset: Dataset, parts: Parts, columns: dict[str, str] | None, seed: int
) -> tuple[Finding, ...]:
    """The findings in data that are divided.

    Parameters:
        columns: the kinds of the columns of a table, as far as they are known.
    """
    from pellucid.data.audit import audit

    apart = dataset.test is not None and not _is_in(parts, dataset)
    held = parts.test_rows if parts.held_out and not apart else None
    return audit(dataset, watched=parts.watched_rows, test=held, columns=columns, seed=seed)


def _is_in(parts: Parts, dataset: Dataset) -> bool:
    """Whether the rows to test with are rows of the data, not the makers' own part."""
    own = len(parts.training_rows) + len(parts.watched_rows)
    return own < len(dataset)


def in_short(findings: Sequence[Finding], columns: int, head: str = "Audit") -> str:
    """The serious ones and the warnings, at most three, in short; nothing where there are none."""
    told = [finding for finding in findings if finding.severity != "note"]
    if not told:
        return ""
    lines = []
    for place, finding in enumerate(told[:SHOWN]):
        text = f"{finding.severity}: {finding.title}"
        text += f" {finding.remedy}" if finding.severity == "serious" else ""
        lines.append(_entry(head if place == 0 else "", text, columns))
    rest = len(findings) - min(len(told), SHOWN)
    more = f"{count_of(rest, 'more finding')}; all" if rest else "All"
    lines.append(_entry("", f"{more} in run.json, with rows and remedies.", columns))
    return "\n".join(lines)


def in_full(findings: Sequence[Finding], columns: int) -> str:
    """Each finding with its evidence and remedy."""
    blocks = []
    for finding in findings:
        text = [_entry(finding.severity, finding.title, columns)]
        if finding.detail:
            text.append(_entry("", finding.detail, columns))
        text.append(_entry("", f"-> {finding.remedy}", columns))
        blocks.append("\n".join(text))
    return "\n\n".join(blocks)


def counted(findings: Sequence[Finding]) -> str:
    """How many of each severity, in words.

    Example:
        >>> counted([])
        'nothing found'
    """
    counts = Counter(finding.severity for finding in findings)
    words = [
        f"{counts['serious']:,} serious" if counts["serious"] else "",
        count_of(counts["warning"], "warning") if counts["warning"] else "",
        count_of(counts["note"], "note") if counts["note"] else "",
    ]
    return ", ".join(word for word in words if word) or "nothing found"


def _entry(name: str, text: str, columns: int) -> str:
    return fill(
        text, columns, initial_indent=f"{name:<{INDENT}}", subsequent_indent=" " * INDENT,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip

"""From results to what people read: printed tables, pictures, and the numbers in the documents.

``scripts/bench --publish FILE...`` puts these results (of each part a later file's over an
earlier's) between the markers of docs/benchmarks.md and into docs/pictures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import chart
import report
from contest import Contest, at_best_threads, contests

DOCS = Path(__file__).resolve().parent.parent / "docs"
PARTS = {
    "speed": "Speed",
    "process": "Whole processes",
    "growth": "How the cost grows",
    "memory": "Memory",
    "accuracy": "Accuracy against seconds",
}
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
PICTURES = {"speed", "growth", "accuracy"}


def heading(result: dict[str, Any]) -> str:
    """What was measured on, and what is missing."""
    facts = result["machine"]
    lines = [f"{facts['processor']}, {facts['cores']} cores; BLAS: {', '.join(facts['blas'])}"]
    lines.append(", ".join(f"{name} {found}" for name, found in facts["versions"].items()))
    if result["missing"]:
        lines.append(f"Missing here, and left out: {', '.join(result['missing'])}.")
    if result["data"] != "MNIST":
        lines.append("No --data-dir: workloads of MNIST's shape run on random numbers.")
    return "\n".join(lines)


def tables(part: str, result: dict[str, Any]) -> Iterator[tuple[str, report.Table]]:
    """The tables of a part, each with what stands above it."""
    rows, names = result[part], result["names"]
    if part in ("speed", "process"):
        found = list(contests(rows))
        what = "a training step (or call)" if part == "speed" else "a whole process"
        yield (
            f"Time of {what}; for each peer how many times as long it takes:",
            report.times(found, names),
        )
        best = at_best_threads(found)
        shown = [*found, *best] if len(best) < len(found) else found
        yield f"Against the bars: {report.bars_met(best)}.", report.against(shown)
    if part == "speed":
        yield "What one call costs, however short:", report.first(rows, names)
    elif part == "growth":
        yield "How the cost of a step grows:", report.growth(rows)
    elif part == "memory":
        yield "Peak memory of a process that trains:", report.memory(rows, names)
    elif part == "accuracy":
        yield "Accuracy on MNIST's test set after so many seconds of training:", report.curves(rows)


def told(part: str, result: dict[str, Any]) -> str:
    """A part as text for the terminal."""
    words = [f"\n{title}\n\n{table.text()}" for title, table in tables(part, result)]
    notes = report.notes(result[part]) if part in ("speed", "process") else []
    return "\n".join([*words, *(["", *notes] if notes else [])])


def written(part: str, result: dict[str, Any]) -> str:
    """A part as Markdown."""
    words = [f"{title}\n\n{table.markdown()}" for title, table in tables(part, result)]
    notes = report.notes(result[part]) if part in ("speed", "process") else []
    return "\n\n".join([*words, *(["\n".join(f"- {note}" for note in notes)] if notes else [])])


def draw(result: dict[str, Any], folder: Path, prefix: str = "") -> list[Path]:
    """Write the pictures that the parts at hand allow."""
    pictures = {}
    note = ground(result)
    if "speed" in result:
        pictures["speed"] = chart.bars(shown(result), note)
    if result.get("growth"):
        most = max(row["threads"] for row in result["growth"])
        rows = [row for row in result["growth"] if row["threads"] == most]
        pictures["growth"] = chart.growth(
            rows,
            f"{note}; {most} threads; where one of three "
            "does not vary: width 256, batch 128, depth 2",
        )
    if "accuracy" in result:
        pictures["accuracy"] = chart.curves(result["accuracy"], note)
    files = []
    for name, drawn in pictures.items():
        files.append(folder / f"{prefix}{name}.svg")
        files[-1].write_text(drawn, encoding="utf-8")
    return files


def shown(result: dict[str, Any]) -> list[Contest]:
    """The contests of the picture: each contender with the threads that suit it best."""
    rows: Iterable[dict[str, Any]] = [*result["speed"], *result.get("process", [])]
    return [one for one in at_best_threads(contests(rows)) if one.peers]


def ground(result: dict[str, Any]) -> str:
    """Machine, day and threads in a line."""
    facts = result["machine"]
    threads = sorted({row["threads"] for row in result.get("speed", [])})
    of_threads = f", the better of {' and '.join(map(str, threads))} threads" if threads[1:] else ""
    quick = ", a quick run" if result["quick"] else ""
    return f"{facts['processor']}, {result['date'][:10]}{of_threads}{quick}"


def merged(files: list[Path]) -> dict[str, Any]:
    """One result of several: the first's facts, and of each part the last one measured.

    It is called quick if one of them is.
    """
    try:
        found = [json.loads(file.read_text()) for file in files]
    except (OSError, ValueError) as error:
        raise SystemExit(f"--publish takes files that --out wrote. {error}") from None
    result: dict[str, Any] = dict(found[0])
    for other in found[1:]:
        result |= {part: other[part] for part in PARTS if part in other}
        result["quick"] = result["quick"] or other["quick"]
        if other["machine"] != result["machine"]:
            raise SystemExit("These results are of different machines or versions: not one page.")
    return result


def filled(page: str, result: dict[str, Any]) -> str:
    """The page with all that was measured between its markers."""
    if BEGIN not in page or END not in page:
        raise SystemExit(f"docs/benchmarks.md has no place for the numbers: {BEGIN} ... {END}.")
    parts = [f"Measured {result['date'][:10]}{' (--quick)' if result['quick'] else ''}:"]
    parts.append("\n".join(f"- {line}" for line in heading(result).splitlines()))
    for part, title in PARTS.items():
        if part in result:
            parts.append(f"## {title}")
            if part in PICTURES:
                parts.append(f"![{title}](pictures/{part}.svg)")
            parts.append(written(part, result))
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    return before + "\n\n".join([BEGIN, *parts, END]) + after


def publish(files: list[Path]) -> None:
    """Fill the page and draw the pictures."""
    result = merged(files)
    page = DOCS / "benchmarks.md"
    page.write_text(filled(page.read_text(encoding="utf-8"), result), encoding="utf-8")
    for file in [page, *draw(result, DOCS / "pictures")]:
        print(file)

"""Three answers in plain words, made from the numbers: is it good, can it be trusted, what next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OWN = "this network"
FEW_ROWS = 100
WELL_CALIBRATED, BADLY_CALIBRATED = 0.03, 0.10
OVERFITTED, NOTHING = 1.25, 0.05
"""The last loss of watched rows against the lowest, and against the first."""
MAIN = {"classes": "accuracy", "labels": "accuracy"}
SIMPLEST = ("majority class", "majority of each label", "mean")
MODELS = {
    "majority class": "always saying the most frequent class",
    "majority of each label": "always saying the more frequent",
    "mean": "always saying the mean",
    "linear model": "the linear model",
    "k nearest neighbours": "the nearest neighbours",
}


def answers(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """The three answers: ``question``, ``answer``, and ``mark``: good, care or bad.

    Parameters:
        record: what ``run.json`` holds, with the evidence under "report".
    """
    return [
        {"question": "Is it any good?", **_good(record)},
        {"question": "Can I trust it?", **_trust(record)},
        {"question": "What should I do next?", **_next(record)},
    ]


def main_measure(kind: str) -> str:
    """The measure that a report speaks of first."""
    return MAIN.get(kind, "mae")


def score(found: Mapping[str, Any], measure: str) -> Mapping[str, Any]:
    """The row of a measure of the network."""
    return next(row for row in found["scores"] if row["measure"] == measure)


def difference(found: Mapping[str, Any], model: str, measure: str) -> Mapping[str, Any] | None:
    """How far the network is from a simple model, where that was tried."""
    rows = (r for r in found["differences"] if r["model"] == model and r["measure"] == measure)
    return next(rows, None)


def _good(record: Mapping[str, Any]) -> dict[str, str]:
    found = record["report"]
    measure = main_measure(found["kind"])
    own = score(found, measure)
    rows = f"{found['test_rows']:,} rows"
    unseen = f"{rows} {seen(record)}" if found["held_out"] else f"the {rows} it learned from"
    if measure == "accuracy":
        what = "All labels are right" if found["kind"] == "labels" else "It is right"
        text = f"{what} for {percent(own['value'])} of {unseen}{_between(own, percent)}"
    else:
        target = record.get("data", {}).get("target") or "the target"
        every = {row["measure"]: row["value"] for row in found["scores"]}
        explained = every.get("r2")
        text = f"For {unseen} it is off by {number(own['value'])} in {target} on average"
        text += _between(own, number)
        if explained is not None:
            share = percent(explained) if explained > 0 else "nothing"
            text += f", and explains {share} of what varies"
    mark = _standing(found, measure)
    if mark == "good" and _serious(record):
        mark = "care"  # a score that rests on a leak is no good score
    return {"answer": text + _beside(found, measure), "mark": mark}


def seen(record: Mapping[str, Any]) -> str:
    """What the network knew of the test rows, as the audit found."""
    shared = sum(row["count"] for row in record.get("audit") or () if row["kind"] == "shared_rows")
    if not shared:
        return "it had not seen"
    return f"to test with, {shared:,} of which have equals among the rows it learned from"


def _serious(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The serious findings in the data."""
    return [row for row in record.get("audit") or () if row["severity"] == "serious"]


def _between(row: Mapping[str, Any], shown: Any) -> str:
    if row["low"] is None:
        return ""
    return f" (likely between {shown(row['low'])} and {shown(row['high'])})"


def _beside(found: Mapping[str, Any], measure: str) -> str:
    """How it stands beside the best of the simple models, and beside the simplest."""
    rows = [r for r in found["differences"] if r["measure"] == measure and r["low"] is not None]
    if not rows:
        return ". No simple model was tried beside it."
    simplest = [row for row in rows if row["model"] in SIMPLEST]
    others = [row for row in rows if row not in simplest]
    told: dict[str, list[str]] = {}
    for row in others or simplest:
        told.setdefault(gap(row), []).append(MODELS.get(row["model"], row["model"]))
    return ": " + _joined([f"{words} {_joined(names)}" for words, names in told.items()]) + "."


def gap(row: Mapping[str, Any]) -> str:
    """A difference in words: "better by 0.8 to 2.9 points than"."""
    low, high = sorted(abs(end) for end in (row["low"], row["high"]))
    if row["better"] == "unsure":
        return "about as good as"
    size = (
        f"{100 * low:.1f} to {100 * high:.1f} points" if row["measure"] == "accuracy"
        else f"{number(low)} to {number(high)}"
    )  # fmt: skip
    return f"{'better' if row['better'] == 'first' else 'worse'} by {size} than"


def _standing(found: Mapping[str, Any], measure: str) -> str:
    rows = [row for row in found["differences"] if row["measure"] == measure]
    simplest = [row for row in rows if row["model"] in SIMPLEST]
    if not found["held_out"] or not rows or any(row["better"] == "other" for row in rows):
        beaten = any(row["better"] != "first" for row in simplest)
        return "bad" if beaten else "care"
    if any(row["better"] != "first" for row in simplest):
        return "bad"
    return "good"


def _trust(record: Mapping[str, Any]) -> dict[str, str]:
    found = record["report"]
    doubts, reassured = [], []
    if not found["held_out"]:
        doubts.append("no rows were kept apart, so this says nothing about new ones")
    elif found["test_rows"] < FEW_ROWS:
        doubts.append(
            f"{found['test_rows']} test rows are few, so the true score may be quite another"
        )
    else:
        reassured.append("it was tested on rows kept apart")
    serious = _serious(record)
    if len(serious) == 1:
        doubts.append("there is a serious finding in the data")
    elif serious:
        doubts.append(f"there are {len(serious)} serious findings in the data")
    elif record.get("audit") is not None:
        reassured.append("nothing serious was found in the data")
    absent = [row["class"] for row in found.get("by_class", ()) if not row["rows"]]
    if absent:
        doubts.append(f"no test row is of {_joined(absent[:3])}")
    error = found.get("calibration", {}).get("error")
    if error is not None and found["test_rows"] >= FEW_ROWS:
        off = f"{100 * error:.1f} points"
        if error > BADLY_CALIBRATED:
            doubts.append(f"its chances are off by {off} on average: do not take them literally")
        elif error <= WELL_CALIBRATED:
            reassured.append(f"its chances come true as often as they say (within {off})")
        else:
            reassured.append(f"its chances are right within {off} on average")
    doubts += _uncovered(record.get("interval"))
    bad = bool(serious) or not found["held_out"]
    if doubts:
        lead = "Not as it is: " if bad else "With care: "
        return {"answer": lead + _joined(doubts) + ".", "mark": "bad" if bad else "care"}
    return {"answer": "Within what was tested: " + _joined(reassured) + ".", "mark": "good"}


def _uncovered(interval: Mapping[str, Any] | None) -> list[str]:
    """Whether intervals hold clearly fewer of the test rows than they promise."""
    if not interval or not interval.get("held_out"):
        return []
    level, rows, held = interval["level"], interval["rows"], interval["coverage"]
    if held >= level - 2 * (level * (1 - level) / rows) ** 0.5:
        return []
    return [f"its intervals hold {percent(held)} of the test rows, not {percent(level)}"]


def _next(record: Mapping[str, Any]) -> dict[str, str]:
    """The first advice that applies."""
    found = record["report"]
    for row in _serious(record):
        return {"answer": f"{_sentence(row['title'])} {_sentence(row['remedy'])}", "mark": "bad"}
    if not found["held_out"]:
        return {
            "answer": "Keep rows apart to test with (--test 0.2), or gather some more.",
            "mark": "bad",
        }
    measure = main_measure(found["kind"])
    beaten = [
        row
        for row in found["differences"]
        if row["measure"] == measure and row["better"] == "other"
    ]
    if beaten:
        name = MODELS.get(beaten[0]["model"], beaten[0]["model"])
        text = f"Take {name} instead, which does better here, or give the network more rows."
        if beaten[0]["model"] in SIMPLEST:
            text = "Look at the columns and their kinds: the network has not found what they tell."
        return {"answer": text, "mark": "care"}
    return {"answer": _advice(record, measure), "mark": "care" if _overfits(found) else "good"}


def _advice(record: Mapping[str, Any], measure: str) -> str:
    found = record["report"]
    if _overfits(found):
        return (
            "Stop earlier (--patience 10): on watched rows the loss rose again after epoch "
            f"{_lowest(found['history'])['epoch']}, a sign of learning rows by heart."
        )
    linear = difference(found, "linear model", measure)
    if linear is not None and linear["better"] == "unsure":
        return (
            "The linear model does as well and is simpler to explain: keep the network only if "
            "more rows, or columns that say something new, make it better."
        )
    wrong = [cell for cell in found.get("cells", ()) if cell["true"] != cell["predicted"]]
    if wrong:
        most = max(wrong, key=lambda cell: cell["rows"])
        return (
            f"Look at the {most['rows']:,} of {most['true']} taken for {most['predicted']}, the "
            "most frequent mistake: more rows like these would help most."
            if most["rows"] > 1
            else "Look at the single mistakes below: each is one of a kind, and more rows like "
            "these would help most."
        )
    if found["worst"] and found.get("ranges"):
        bad = max(found["ranges"], key=lambda row: row["mae"])
        return (
            f"Look at the rows between {number(bad['low'])} and {number(bad['high'])}, where it "
            f"errs most ({number(bad['mae'])} on average): more rows like these would help most."
        )
    if found["worst"]:
        return _worst(found["kind"], found["worst"][0])
    return "Use it: no mistake was found to learn from. Test it again on rows from another day."


def _worst(kind: str, case: Mapping[str, Any]) -> str:
    """Advice on labels, or on several numbers, whose mistakes are listed and not counted."""
    if kind != "labels":
        return (
            f"Look at the worst errors below, first at {case['row']}, where the numbers together "
            "are furthest off: more rows like these would help most."
        )
    true, said = (", ".join(case[key]) or "no label" for key in ("true", "predicted"))
    return (
        f"Look at the worst mistakes below, first at {case['row']}, which has {true} and was given "
        f"{said}: more rows like these would help most."
    )


def _lowest(history: Any) -> Any:
    return min((row for row in history if row.get("val_loss") is not None),
               key=lambda row: row["val_loss"])  # fmt: skip


def _overfits(found: Mapping[str, Any]) -> bool:
    """Whether the loss of watched rows ended well above its lowest, and not next to nothing."""
    losses = [row["val_loss"] for row in found["history"] if row.get("val_loss") is not None]
    risen = len(losses) >= 5 and losses[-1] > OVERFITTED * min(losses) > 0
    return risen and losses[-1] > NOTHING * losses[0]


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.1f} %"


def number(value: float | None) -> str:
    """A number with three digits, four from 100 on, large ones whole."""
    if value is None:
        return "undefined"
    if value and (abs(value) >= 1e15 or abs(value) < 1e-4):
        return f"{value:.3g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{3 if abs(value) < 100 else 4}g}"


def _joined(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."

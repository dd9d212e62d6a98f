"""Columns: leaks, identifiers, constants, gaps, outliers, groups; each planted in a clean table."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from pellucid.data.audit import audit
from tests.data.audit.tables import clean, found, only, with_cells

DRAW = np.random.default_rng(3)


def test_a_column_that_holds_the_target_is_a_leak() -> None:
    frame = clean().with_columns(paid=(pl.col("y") == "yes").cast(pl.Int64) * 7 + 1)
    one = only(frame, "leak", test=range(300, 400))
    assert (one.severity, one.columns) == ("serious", ("paid",))
    assert one.title == (
        "The column 'paid' alone tells the target nearly without fault, and no other does."
    )
    assert "--column paid=ignore" in one.remedy
    assert one.detail.startswith("On 100 rows held back, by one column alone: paid 100.0% of what")


@pytest.mark.parametrize("kind", ["text", "gap", "noisy"])
def test_leaks_in_other_forms(kind: str) -> None:
    frame = clean()
    yes = (frame["y"] == "yes").to_numpy()
    leak = {
        "text": pl.Series("z", np.where(yes, "closed", "open")),
        "gap": pl.Series("z", [float(k) if one else None for k, one in enumerate(yes)]),
        "noisy": pl.Series("z", yes * 5 + DRAW.normal(0, 0.5, 400)),
    }[kind]
    assert only(frame.with_columns(leak), "leak").columns == ("z",)


def test_a_leak_of_numbers() -> None:
    frame = clean().drop("y")
    y = frame["a"] + 5 * frame["b"] + pl.Series(DRAW.normal(0, 3, 400))
    frame = frame.with_columns(y=y, euros=y * 1.1 + pl.Series(DRAW.normal(0, 0.1, 400)))
    one = only(frame, "leak")
    assert one.columns == ("euros",)
    assert " r2" in one.detail


def test_a_good_column_among_good_ones_is_none() -> None:
    t = np.linspace(0, 10, 400)
    frame = pl.DataFrame({"p": t, "q": 2 * t + DRAW.normal(0, 0.1, 400), "r": t**2, "y": 3 * t + 1})
    assert found(frame, "leak") == []


def test_a_date_that_tells_the_target() -> None:
    frame = clean().sort("y")
    days = [date(2020, 1, 1) + timedelta(days=k) for k in range(400)]
    one = only(frame.with_columns(pl.Series("when", days)), "leak")
    assert one.columns == ("when",)
    assert one.remedy.endswith("test on the latest: --time when.")


def test_an_identifier_that_is_learned_from() -> None:
    frame = clean().with_columns(pl.Series("file", np.arange(5000, 5400)))
    one = only(frame, "identifier")
    assert (one.severity, one.columns) == ("warning", ("file",))
    assert one.title == (
        "The column 'file' rises from row to row by whole numbers, and is learned from."
    )
    assert one.detail == ""
    told = only(frame.with_columns(clean().sort("y")["y"]), "identifier")
    assert told.detail.startswith("It tells the target to ")
    numbers = pl.Series("account", DRAW.permutation(900_000)[:400] + 100_000)
    assert only(clean().with_columns(numbers), "identifier").columns == ("account",)
    names = pl.Series("name", [f"n{k if k < 300 else k % 7}" for k in range(400)])
    assert only(clean().with_columns(names), "identifier").severity == "note"


def test_what_is_left_out_is_a_note() -> None:
    frame = clean().with_row_index("id").with_columns(land=pl.lit("DE"), half=pl.lit(0.5))
    one = only(frame, "identifier")
    assert (one.severity, one.columns) == ("note", ("id",))
    constant = only(frame, "constant")
    assert (constant.severity, constant.columns) == ("note", ("land", "half"))
    assert constant.title == "The columns 'land' and 'half' hold one value in every row: left out."


def test_columns_almost_all_missing() -> None:
    cells: list[float | None] = [None] * 400
    cells[7], cells[100] = 3.0, 4.5
    frame = clean().with_columns(pl.Series("e", cells), pl.Series("n", ["?"] * 400))
    none, few = found(frame, "missing")
    assert (none.severity, none.columns, none.count) == ("serious", ("n",), 400)
    assert none.remedy == "Leave it out: --column n=ignore."
    assert (few.severity, few.columns, few.rows, few.count) == ("warning", ("e",), (7, 100), 398)


def test_outliers_are_found_in_their_rows() -> None:
    frame = with_cells(clean(), "a", {17: 5000.0, 230: -900.0})
    one = only(frame, "outliers")
    assert (one.columns, one.rows, one.count) == (("a",), (17, 230), 2)
    assert "5000 in row 17, -900 in row 230" in one.detail
    assert found(with_cells(clean(), "c", {17: 30.0}), "outliers") == []  # it has a long tail


def test_the_target_has_outliers_too() -> None:
    frame = clean().select("a", "b", y="d")
    one = only(with_cells(frame, "y", {5: 700.0}), "outliers")
    assert (one.columns, one.rows) == (("y",), (5,))


@pytest.mark.parametrize(
    ("code", "rows"), [(-999.0, [4, 8]), (9999.0, [4]), (-99.0, [4, 8, 9]), (999.0, [1, 2])]
)
def test_codes_for_missing(code: float, rows: list[int]) -> None:
    one = only(with_cells(clean(), "b", dict.fromkeys(rows, code)), "missing")
    assert (one.columns, one.rows, one.severity) == (("b",), tuple(rows), "warning")
    assert f"holds {code:g} in {len(rows)} row" in one.title


def test_a_zero_that_cannot_be() -> None:
    frame = with_cells(clean(), "a", dict.fromkeys([3, 30, 31], 0.0))
    frame = frame.with_columns(a=pl.when(pl.col("a") == 0).then(0.0).otherwise(pl.col("a") + 60))
    one = only(frame, "missing")
    assert (one.severity, one.rows) == ("note", (3, 30, 31))


def test_plain_numbers_are_no_codes() -> None:
    draw = np.random.default_rng(5)
    frame = clean().with_columns(
        pl.Series("year", draw.integers(1990, 2020, 400)),
        pl.Series("sign", draw.choice([-1, 1], 400)),
        pl.Series("age", draw.integers(18, 100, 400)),
        pl.Series("rain", np.where(draw.random(400) < 0.5, 0.0, draw.gamma(1, 5, 400))),
        pl.Series("income", np.exp(draw.normal(10, 1, 400))),
    )
    assert audit(frame, "y") == ()


def visits() -> pl.DataFrame:
    """Five visits of each of 80 patients."""
    draw = np.random.default_rng(0)
    who = np.repeat(np.arange(80), 5)
    age, weight = draw.integers(20, 90, 80), draw.normal(70, 9, 80)
    return pl.DataFrame({
        "patient": who + 1000, "age": age[who], "kilos": weight[who].round(1),
        "pulse": draw.normal(70, 8, 400), "y": draw.choice(["ill", "well"], 400),
    })  # fmt: skip


def test_repeats_of_a_patient_are_groups() -> None:
    one = only(visits(), "groups")
    assert (one.severity, one.columns, one.count) == ("warning", ("patient",), 400)
    assert one.remedy.endswith("--group patient.")
    assert one.detail.startswith("On average 5.0 rows have one value; they follow one another; ")
    shuffled = visits().sample(fraction=1.0, shuffle=True, seed=0)
    assert only(shuffled, "groups").columns == ("patient",)


def test_categories_are_no_groups() -> None:
    draw = np.random.default_rng(0)
    frame = clean().with_columns(pl.Series("street", draw.integers(0, 50, 400)))
    assert found(frame, "groups") == []
    assert found(frame.sort("town"), "groups") == []


def test_what_is_ignored_is_not_looked_at() -> None:
    frame = clean().with_columns(paid=(pl.col("y") == "yes").cast(pl.Int64))
    assert audit(frame, "y", columns={"paid": "ignore"}) == ()


def test_a_category_that_is_read_as_missing() -> None:
    words = np.array(["none", "single", "double", None], object)[np.arange(400) % 4]
    frame = clean().with_columns(pl.Series("garage", words, dtype=pl.String))
    one = only(frame, "missing")
    assert (one.severity, one.columns, one.count) == ("warning", ("garage",), 200)
    assert one.title == (
        "In the column 'garage' 100 cells say 'none' and 100 are empty or the like: all are read "
        "as missing."
    )
    assert one.remedy == (
        "Nothing, if that is what 'none' means here. If it is an answer of its own, write another "
        "word for it in the file, such as 'no garage'; --missing garage=most_frequent or "
        "garage=drop says what stands in for what is missing."
    )
    assert one.rows[:3] == (0, 4, 8)
    frame = frame.with_columns(pl.col("garage").fill_null("single"))
    one = only(frame, "missing")
    assert (one.severity, one.count) == ("note", 100)
    assert one.title == "In the column 'garage' 100 cells say 'none', which are read as missing."


def test_words_for_missing_numbers_are_not_told_of() -> None:
    words = ["NA" if row % 5 == 0 else f"{row}.5" for row in range(400)]
    frame = clean().with_columns(pl.Series("reading", words), pl.Series("seldom", ["a", "b"] * 200))
    frame = frame.with_columns(
        pl.when(pl.int_range(400) == 7).then(pl.lit("null")).otherwise("seldom").alias("seldom")
    )
    assert not found(frame, "missing")

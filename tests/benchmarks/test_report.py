"""Tables, verdicts and the page, from a result made up for the purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import publish
import report
from contest import Contest, at_best_threads, contests

NAMES = ["pellucid", "pytorch", "jax"]


def row(threads: int, ours: float, **peers: float) -> dict[str, Any]:
    return {
        "workload": "digits", "title": "digits: 64-32-10, 32", "threads": threads,
        "median": {"pellucid": ours, **peers}, "bars": {"best": 2.0, "pytorch": 30.0},
        "flops": 1000, "limit": 1e-6, "rates": {"sgemm": 1e9, "memory": 1e9},
        "first": {"pellucid": [0.02, 0.003], "jax": [1.5, 0.0005]},
    }  # fmt: skip


ROWS = [row(1, 1e-5, pytorch=4e-4, jax=1.5e-5), row(2, 2e-5, pytorch=2e-4, jax=5e-5)]


def result(**parts: Any) -> dict[str, Any]:
    facts = {"processor": "P", "cores": 2, "blas": ["B"], "versions": {"jax": "0.1"}}
    fixed = {"date": "2026-01-02T03:04:05+00:00", "machine": facts, "data": "MNIST"}
    return fixed | {"quick": False, "names": NAMES, "missing": []} | parts


def test_ratios_say_how_many_times_as_long_a_peer_takes() -> None:
    one = next(contests(ROWS))
    assert one.ratios == pytest.approx({"pytorch": 40.0, "jax": 1.5})
    assert one.best == ("jax", one.ratios["jax"])
    assert one.verdicts == [
        ("best", 2.0, one.ratios["jax"]),
        ("pytorch", 30.0, one.ratios["pytorch"]),
    ]


def test_each_contender_has_the_threads_that_suit_it_best() -> None:
    [merged] = at_best_threads(contests(ROWS))
    assert (merged.ours, merged.threads) == (1e-5, 0)
    assert merged.peers == {"pytorch": 2e-4, "jax": 1.5e-5}
    assert report.bars_met([merged]) == "0 of 2 bars met"


def test_two_ways_to_predict_are_two_contests_and_no_peers_of_each_other() -> None:
    times = {"pellucid": 4e-5, "pellucid compiled": 2e-6, "onnx-runtime": 3e-5}
    rows = [{"workload": "predict-1", "title": "p", "threads": 1, "median": times}]
    found = list(contests(rows))
    assert [one.ours for one in found] == [4e-5, 2e-6]
    assert [list(one.peers) for one in found] == [["onnx-runtime"], ["onnx-runtime"]]
    assert [one.title for one in found] == ["predict 1 sample", "predict 1 sample, compiled"]


def test_the_table_of_times() -> None:
    assert report.times(list(contests(ROWS)), NAMES).text() == (
        "workload                   threads  Pellucid  PyTorch       JAX\n"
        "-------------------------  -------  --------  ------------  ------------\n"
        "digits 64-32-10, batch 32  1        10 us     40x (400 us)  1.5x (15 us)\n"
        "digits 64-32-10, batch 32  2        20 us     10x (200 us)  2.5x (50 us)"
    )


def test_the_table_against_bars_says_what_is_not_met() -> None:
    assert report.against(list(contests(ROWS[:1]))).markdown() == (
        "| workload | threads | Pellucid | quickest peer | bar: reached | GF/s |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| digits 64-32-10, batch 32 | 1 | 10 us | JAX 1.5x | 2x of best peer: 1.5x, NOT MET; "
        "30x of PyTorch: 40x, met | 0.1, 10% of sgemm |"
    )


def test_what_a_call_costs() -> None:
    lines = report.first(ROWS[:1], NAMES).lines
    assert lines == [["digits 64-32-10, batch 32", "1", "20 ms / 3 ms", "1.5 s / 500 us"]]


def test_growth_memory_and_curves() -> None:
    point = {"workload": "width 16", "threads": 1, "flops": 2e6, "limit": 1e-5,
             "median": {"pellucid": 2e-5, "pytorch": 1e-4}}  # fmt: skip
    cells = ["width 16", "1", "20 us", "100", "10 us", "2", "5x (100 us)"]
    assert report.growth([point]).lines == [cells]
    peaks = {"workload": "digits", "title": "d", "data": 400_000, "threads": 1,
             "peak": {"pellucid": 80_000_000, "jax": 1_230_000_000}}  # fmt: skip
    cells = ["digits 64-32-10, batch 32", "0.4 MB", "80 MB", "1230 MB"]
    assert report.memory([peaks], NAMES).lines == [cells]
    curve = {"workload": "lenet", "title": "l", "threads": 1,
             "curve": {"pellucid": [[0.5, 0.97]], "pytorch": [[5.25, 0.9712]]}}  # fmt: skip
    cells = ["LeNet-5, batch 128", "1", "1", "0.50 s: 97.00%", "5.25 s: 97.12%"]
    assert report.curves([curve]).lines == [cells]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (2.0, "2 s"), (0.0123, "12.3 ms"), (1.234e-6, "1.23 us"), (0.9999e-3, "1000 us"),
     (1234.0, "1234 s")],
)  # fmt: skip
def test_durations(seconds: float | None, text: str) -> None:
    assert report.duration(seconds) == text


def test_contenders_that_did_not_learn_alike_are_named() -> None:
    values = {"pellucid": 0.97, "pytorch": 0.972, "jax": 0.9}
    [note] = report.notes([row(1, 1e-5) | {"accuracy": values}])
    assert note == (
        "Accuracy, digits: 64-32-10, 32, 1 threads: pellucid 97.0%, pytorch 97.2%, jax 90.0%: "
        "NOT THE SAME: jax."
    )


def test_the_page_keeps_what_stands_around_the_numbers() -> None:
    page = f"above\n{publish.BEGIN}\nold\n{publish.END}\nbelow\n"
    filled = publish.filled(page, result(speed=ROWS))
    assert filled.startswith(f"above\n{publish.BEGIN}\n\nMeasured 2026-01-02:\n\n- P, 2 cores")
    assert filled.endswith(f"{publish.END}\nbelow\n")
    assert "old" not in filled
    assert "![Speed](pictures/speed.svg)" in filled
    assert "growth.svg" not in filled
    assert publish.filled(filled, result(speed=ROWS)) == filled
    with pytest.raises(SystemExit, match=r"^docs/benchmarks\.md has no place for the numbers: "):
        publish.filled("nothing here", result(speed=ROWS))


def test_the_real_page_has_the_place() -> None:
    page = (publish.DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert page.count(publish.BEGIN) == page.count(publish.END) == 1


def test_a_later_file_overrules_a_part_of_an_earlier_one(tmp_path: Path) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    files[0].write_text(json.dumps(result(speed=ROWS, memory=[])))
    files[1].write_text(json.dumps(result(speed=ROWS[:1]) | {"quick": True}))
    merged = publish.merged(files)
    assert (len(merged["speed"]), merged["memory"], merged["quick"]) == (1, [], True)
    files[1].write_text(json.dumps(result(speed=ROWS) | {"machine": {"processor": "other"}}))
    with pytest.raises(SystemExit, match=r"^These results are of different machines or versions"):
        publish.merged(files)


def test_no_peer_no_best() -> None:
    alone = Contest("w", "w", 1, 1e-3, {}, {"best": 2.0})
    assert alone.verdicts == []
    assert report.against([alone]).lines == [["w", "1", "1 ms", "-", "-", "-"]]

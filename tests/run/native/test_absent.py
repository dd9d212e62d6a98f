"""Without the compiled part: one warning a process, which says why and what to do."""

from __future__ import annotations

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from pellucid.errors import EngineWarning
from pellucid.run.native import absent

PROGRAM = """
import sys
sys.modules["pellucid._native"] = None  # importing it fails, as where it was not built

from pellucid import Network, data

x, y = data.load("xor")
for seed in (1, 2):
    net = Network(hidden=[2], seed=seed)
    net.fit(x, y, epochs=2, progress=False)
    net.predict(x)
"""


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absent, "_told", False)
    monkeypatch.setattr(absent, "WHY_ABSENT", "No module named 'pellucid._native'")


def test_the_warning_says_why_and_what_to_do() -> None:
    with pytest.warns(EngineWarning) as caught:
        absent.warn_absent()
    assert str(caught[0].message) == (
        "Pellucid computes with NumPy here: its compiled part is missing (No module named "
        "'pellucid._native'), and training takes several times as long. Install a C++ compiler "
        "(GCC 12 or newer, or Clang) and install Pellucid again; engine='reference' says that "
        "NumPy is meant."
    )
    assert caught[0].filename == __file__


def test_it_comes_once_however_many_threads_ask() -> None:
    with warnings.catch_warnings(record=True) as caught, ThreadPoolExecutor(8) as threads:
        warnings.simplefilter("always")
        for done in [threads.submit(absent.warn_absent) for _ in range(64)]:
            done.result()
    assert len(caught) == 1


def test_where_warnings_are_errors_it_is_raised_once() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(EngineWarning):
            absent.warn_absent()
        absent.warn_absent()


def test_a_program_without_the_compiled_part_trains_and_is_warned_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stderr.count("EngineWarning") == 1, done.stderr
    assert done.stderr.startswith("<string>:10: EngineWarning: Pellucid computes with NumPy")

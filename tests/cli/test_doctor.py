"""``pellucid doctor``: versions, engines, processor, and a check that finds what is broken."""

from __future__ import annotations

import json
import platform

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main
from pellucid.run.native import module


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *words], prog_name="pellucid")


def test_json_tells_versions_engines_processor_and_checks() -> None:
    done = run("--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["python"] == platform.python_version()
    assert found["packages"]["numpy"] == np.__version__
    assert set(found["packages"]) >= {"pellucid", "scipy", "scikit-learn", "click", "plotly"}
    assert found["engines"]["reference"] == "available: reference, float64"
    if found["native"]["built"]:
        assert found["engines"]["native"] == "available: native, float32"
        assert found["native"]["set"] in found["native"]["compiled_sets"]
        assert found["native"]["compiled_sets"][0] == "baseline"
        assert 1 <= found["native"]["threads"] <= found["native"]["allowed_cpus"]
    else:
        assert found["engines"]["native"].startswith("not available: ")
    assert found["processor"]["usable"] >= 1
    assert set(found["checks"].values()) == {"ok"}
    assert found["problems"] == []


def test_the_text_ends_in_a_verdict() -> None:
    done = run()
    assert done.stdout.startswith("Python  ")
    assert done.stdout.endswith("No problems found.\n")


def test_a_wrong_computation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.models.network import Network

    monkeypatch.setattr(Network, "predict", lambda self, x: np.zeros(len(x), np.int64))
    done = run()
    assert done.exit_code == 1
    assert "Self check: learning the gates gave a wrong result." in done.stdout
    assert done.stderr == "Error: 1 problem found: see above.\n"


def test_a_missing_package_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.cli import doctor

    monkeypatch.setattr(
        doctor, "requires", lambda name: ["no-such-package>=1", "x; extra == 'dev'"]
    )
    assert doctor._packages()[1] == ["no-such-package is not installed. Install Pellucid again."]


def test_it_tells_why_there_is_no_compiled_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "native", None)
    monkeypatch.setattr(module, "WHY_ABSENT", "No module named 'pellucid._native'")
    monkeypatch.setattr("pellucid.run.native.absent._told", False)
    done = run()
    said = " ".join(done.stdout.split())
    assert "compiled part missing (No module named 'pellucid._native'); needs a C++" in said
    assert "engine auto available: reference, float32" in said
    assert done.stdout.endswith("No problems found.\n")


@pytest.mark.skipif(module.native is None, reason="for the compiled part")
def test_a_wrong_number_of_threads_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELLUCID_THREADS", "many")
    done = run()
    assert done.exit_code == 1
    told = "The environment variable PELLUCID_THREADS must be a whole number from 1 on"
    assert done.stdout.count(told) == 1


def test_the_text_fits_a_terminal() -> None:
    assert max(map(len, run().stdout.splitlines())) <= 80

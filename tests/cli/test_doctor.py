"""``pellucid doctor``: versions, engines, processor, and a check that finds what is broken."""

from __future__ import annotations

import json
import platform

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pellucid.cli import main


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


def test_the_text_fits_a_terminal() -> None:
    assert max(map(len, run().stdout.splitlines())) <= 80

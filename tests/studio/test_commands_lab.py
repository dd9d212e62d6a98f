"""Commands of a memory, a race and a surface, done by a real session."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.lessons.memory import THREE
from pellucid.lessons.regression import valley
from pellucid.scene.scene import scene_to_record
from pellucid.studio.session import Session
from tests.studio.test_session import Page


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    faults: list[str] = []
    session = Session("test", tmp_path, faults.append)
    found = Page(session)
    yield found
    found.leave()
    session.end()
    assert faults == []


def told(answer: Any) -> Any:
    assert answer["type"] == "reply", answer
    return answer["value"]


def refused(answer: Any) -> str:
    assert answer["type"] == "refusal", answer
    return str(answer["error"])


def test_a_memory_drawn_damaged_and_recalled(page: Page) -> None:
    told(page.ask("OpenScene", scene=THREE.to_record()))
    bench = page.session.bench
    told(page.ask("DrawCell", row=0, column=3, value=1))
    told(page.ask("DrawCell", row=0, column=4, value=1, goes_on=True))
    assert bench.state[0, 3:5].tolist() == [1.0, 1.0]
    told(page.ask("Undo"))
    assert bench.state[0, 3:5].tolist() == [-1.0, -1.0]
    told(page.ask("Damage", share=0.2, seed=1))
    assert told(page.ask("RecallStep", to_change=True)) == {"changed": True}
    assert type(told(page.ask("RecallStep"))["changed"]) is bool
    told(page.ask("Settle"))
    np.testing.assert_array_equal(bench.state, bench.patterns[0])
    unit = told(page.ask("TellUnit", row=3, column=3))
    np.testing.assert_array_equal(unit["weights"], bench.weights_of((3, 3)))
    assert unit["sum"] == bench.sum_at((3, 3))
    told(page.ask("CoverGrid", share=0.5))
    assert refused(page.ask("StorePattern")).startswith("Some cells are covered")
    told(page.ask("ReverseGrid"))
    told(page.ask("ClearGrid"))
    told(page.ask("StorePattern"))
    assert len(bench.patterns) == 4
    told(page.ask("StoreBy", rule="storkey"))
    assert bench.scene.rule == "storkey"
    told(page.ask("ForgetPattern", pattern=3))
    told(page.ask("ShowPattern", pattern=1))
    assert str(bench.name()) == "pattern 1"
    told(page.ask("ForgetPattern"))
    assert len(bench.patterns) == 0
    assert "got the place [10, 0]" in refused(page.ask("DrawCell", row=10, column=0, value=1))


def test_a_recall_is_played_turn_by_turn(page: Page) -> None:
    told(page.ask("OpenScene", scene=THREE.to_record()))
    told(page.ask("Damage", share=0.2, seed=1))
    told(page.ask("Watch", views=["memory"]))
    told(page.ask("Play", pace=1000.0))
    until = time.monotonic() + 20
    while not page.session.bench.is_over and time.monotonic() < until:
        time.sleep(0.02)
    assert str(page.session.bench.name()) == "pattern 0"
    seen = page.wait(lambda m: m.get("name") == "memory" and m["value"]["over"])
    assert seen["value"]["is"]["kind"] == "pattern"
    page.wait(lambda m: m["type"] == "status" and not m["playing"] and m["over"])
    told(page.ask("Seek", step=0))
    assert page.session.bench.step == 0
    told(page.ask("TakeSteps", count=3))
    page.wait(lambda m: m["type"] == "status" and m["step"] == 3)
    told(page.ask("Restart"))
    assert page.session.bench.step == 0


def test_memories_and_networks_are_told_apart(page: Page) -> None:
    told(page.ask("OpenScene", scene=scene_to_record(valley(0.1))))
    assert refused(page.ask("Damage")) == (
        "This stage holds a network, and no memory. Go to a stage with a memory first."
    )
    told(page.ask("OpenScene", scene=THREE.to_record()))
    rules = {"a": {"rule": "Backprop"}, "b": {"rule": "Backprop"}}
    assert "holds a memory, and no network" in refused(page.ask("RunRace", rules=rules))
    assert "holds a memory" in refused(page.ask("ChooseAxes", across="a", up="b"))


def test_a_race_and_its_telling(page: Page) -> None:
    told(page.ask("OpenScene", scene=scene_to_record(valley(0.1))))
    assert told(page.ask("TellRace")) is None
    rate = {"schedule": "Constant", "value": 0.1}
    rules = {
        "slow": {"rule": "Backprop", "optimizer": {"optimizer": "SGD", "rate": rate}},
        "ball": {
            "rule": "Backprop", "optimizer": {"optimizer": "SGD", "rate": rate, "momentum": 0.9}
        },
    }  # fmt: skip
    found = told(page.ask("RunRace", rules=rules, epochs=30))
    assert list(found["curves"]) == ["slow", "ball"] and found["value"] == "loss"
    assert {row["rule"] for row in found["rows"]} == {"slow", "ball"}
    assert len(found["curves"]["ball"]) == 30 and page.session.bench.step == 0
    again = told(page.ask("TellRace"))
    np.testing.assert_array_equal(again["curves"]["slow"], found["curves"]["slow"])
    assert (again["data"], again["step"]) == (found["data"], found["step"]) == ("points", 0)
    assert refused(page.ask("RunRace", rules={"one": rules["slow"]})).startswith("A race needs two")
    wrong = {"a": {"rule": "Backprob"}, "b": {"rule": "Backprop"}}
    assert "Did you mean 'Backprop'" in refused(page.ask("RunRace", rules=wrong))
    none = {"a": 3, "b": {"rule": "Backprop"}}
    assert refused(page.ask("RunRace", rules=none)) == (
        "The rule 'a' of the race is no record of a rule."
    )
    told(page.ask("ChangeScene", fields={"source": {"source": "Sample", "name": "diabetes"}}))
    assert told(page.ask("TellRace")) is None
    told(page.ask("Undo"))
    assert told(page.ask("TellRace"))["data"] == "points"
    told(page.ask("OpenScene", scene=THREE.to_record()))
    assert told(page.ask("TellRace")) is None


def test_a_surface_over_other_parameters(page: Page) -> None:
    told(page.ask("OpenScene", scene=scene_to_record(valley(0.1))))
    told(page.ask("ChooseAxes", across="dense_1.bias[0]", up="dense_1.weight[0,0]"))
    told(page.ask("Watch", views=["surface"]))
    seen = page.wait(lambda m: m.get("name") == "surface")
    assert seen["value"]["axes"] == ["dense_1.bias[0]", "dense_1.weight[0,0]"]

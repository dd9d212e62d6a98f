"""Step by step: the same digits as the reference executor's, and as ``pellucid explain`` prints."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from pellucid import Dense
from pellucid.cli import main
from pellucid.errors import ParameterError, PellucidError
from pellucid.learn.backprop import Backprop
from pellucid.learn.local import Oja
from pellucid.learn.optimizers import SGD, Adam
from pellucid.nn import Flatten, Reshape
from pellucid.nn.conv import Conv2D
from pellucid.run.reference import ReferenceExecutor
from pellucid.scene.scene import Scene, scene_to_record
from pellucid.scene.source import Sample
from pellucid.studio.command import Later
from pellucid.studio.commands.explaining import PAGE, ExplainStep, WriteExplanation
from pellucid.studio.elements import elements
from pellucid.studio.session import Session
from tests.inspect.explain.redo import redo

TANH = Scene(hidden=(Dense(3, activation="tanh"),), rule=Backprop(Adam(0.01)))
PICTURES = Scene(
    source=Sample("digits"),
    hidden=(Reshape((1, 8, 8)), Conv2D(2, 3, activation="relu"), Flatten()),
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session("one", tmp_path, print)
    yield made
    made.end()


def asked(session: Session, command: Any) -> Any:
    """The command's answer, computed as a session does it: beside its thread."""
    found = session.call(command.do)
    return found.compute() if isinstance(found, Later) else found


def stops_of(session: Session, **chosen: Any) -> list[dict[str, Any]]:
    """All calculations, page after page."""
    found: list[dict[str, Any]] = []
    while True:
        told = asked(session, ExplainStep(first=len(found), **chosen))
        found += told["stops"]
        if len(found) >= told["total"]:
            return found
        assert len(told["stops"]) == PAGE


def test_each_number_is_that_of_the_reference_executor(session: Session) -> None:
    session.call(lambda at: at.open(TANH))
    session.call(lambda at: at.bench.learn(7))
    session.call(lambda at: at.bench.choose(5))
    network, x = session.bench.network, session.bench.chosen_x
    graph = network.trace(x).graph
    codec = network._parts()[1]
    fed = {"x": np.asarray(codec.encode(x, np.float64)), **network._reached().carried}
    program = ReferenceExecutor("float64").compile(graph)
    truth = program.run({name: fed[name] for name in graph.inputs})
    sums = {
        (stop["layer"], stop["unit"][0]): stop["value"]
        for stop in stops_of(session) if stop["title"] == "Weighted sum"
    }  # fmt: skip
    assert len(sums) == 5
    for (layer, unit), value in sums.items():
        assert value == truth[f"{layer}.z"][0, unit]


def test_it_is_the_text_of_pellucid_explain(session: Session, tmp_path: Path) -> None:
    """Of a model file the rule's memory is new; so it is before the first step."""
    session.call(lambda at: at.open(TANH))
    session.call(lambda at: at.bench.edit("dense_1.weight", (0, 1), 0.25))
    session.call(lambda at: at.bench.choose(3))
    session.bench.network.save(tmp_path / "moons.safetensors")
    words = [str(tmp_path / "moons.safetensors"), "moons", "--row", "3", "--rate", "0.01"]
    for form in ("text", "markdown", "latex"):
        done = CliRunner().invoke(main, ["explain", *words, "--format", form])
        assert done.exit_code == 0, done.output
        mine = asked(session, WriteExplanation(form=form))["text"]
        assert mine.rstrip("\n") == done.stdout.rstrip("\n")
    told = CliRunner().invoke(main, ["explain", *words, "--json"]).stdout.splitlines()[-1]
    printed = list(results(json.loads(told)["explanation"]))
    assert [s["result"] for s in stops_of(session) if s["result"]] == printed
    assert redo(asked(session, WriteExplanation(form="text"))["text"]) > 100


def results(row: dict[str, Any]) -> Iterator[str]:
    if "result" in row:
        yield row["result"]
    for part in row.get("parts", ()):
        yield from results(part)


def test_the_way_there_and_back_with_what_lights_up(session: Session) -> None:
    session.call(lambda at: at.open(TANH))
    stops = stops_of(session)
    phases = list(dict.fromkeys(stop["phase"] for stop in stops))
    assert phases == ["inputs", "forward", "answer", "target", "loss", "backward", "update"]
    first = next(stop for stop in stops if stop["phase"] == "forward")
    assert (first["layer"], first["unit"], first["weight"]) == ("dense_1", [0], None)
    slope = next(stop for stop in stops if stop["weight"])
    assert slope["weight"] == {"parameter": "dense_2.weight", "place": [0, 0]}
    assert (slope["phase"], slope["layer"], slope["unit"]) == ("backward", "dense_2", [0])
    last = stops[-1]
    assert (last["phase"], last["layer"], last["unit"]) == ("update", "dense_1", [2])
    assert last["weight"] == {"parameter": "dense_1.bias", "place": [2]}


def test_the_update_is_the_one_that_a_step_would_take(session: Session) -> None:
    """After a change of the rate the new rule's memory begins anew, as in training."""
    scene = Scene(hidden=(Dense(2),), rule=Backprop(SGD(0.1)), batch=200)
    session.call(lambda at: at.open(scene))
    session.call(lambda at: at.bench.learn(3))
    session.call(lambda at: at.change({"rule": Backprop(Adam(0.05))}))
    before = {n: a.copy() for n, a in session.bench.network.parameters.items()}
    network, rule = session.bench.copied()
    trace = network.trace(session.bench.chosen_x, session.bench.chosen_y, rule=rule)
    step = trace.updates("dense_1.weight").step
    stops = [s for s in stops_of(session) if s["phase"] == "update" and s["title"] == "The step"]
    for stop in stops:
        if stop["weight"]["parameter"] == "dense_1.weight":
            assert stop["value"] == pytest.approx(-step[tuple(stop["weight"]["place"])], rel=1e-9)
    assert abs(np.abs(step).max() - 0.05) < 1e-6  # Adam's first step is the rate
    for name, array in session.bench.network.parameters.items():
        assert np.array_equal(array, before[name])


def test_a_convolution_is_asked_for_by_channel_row_and_column(session: Session) -> None:
    session.call(lambda at: at.open(PICTURES))
    told = asked(session, ExplainStep(layer="conv2d_1", unit=(1, 2, 3)))
    assert told["layers"][1] == {"name": "conv2d_1", "shape": [2, 6, 6]}
    assert next(s["unit"] for s in told["stops"] if s["phase"] == "forward") == [1, 2, 3]
    grids = [part for part in told["stops"][0]["body"] if part[1] == "grids"]
    assert grids, "the patch and the kernel are shown"


def test_a_whole_convolutional_network_comes_in_pages(session: Session) -> None:
    session.call(lambda at: at.open(PICTURES))
    told = asked(session, ExplainStep())
    assert told["total"] > PAGE and len(told["stops"]) == PAGE
    rest = asked(session, ExplainStep(first=PAGE))
    assert rest["first"] == PAGE and rest["total"] == told["total"]
    assert [p["at"] for p in told["phases"]] == sorted(p["at"] for p in told["phases"])


def test_it_is_computed_beside_the_training(session: Session) -> None:
    session.call(lambda at: at.open(TANH))
    later = session.call(ExplainStep().do)
    session.call(lambda at: at.bench.learn(5))
    found: list[Any] = []
    other = threading.Thread(target=lambda: found.append(later.compute()))
    other.start()
    other.join()
    assert found[0]["step"] == 0 and session.bench.step == 5
    assert asked(session, ExplainStep())["step"] == 5  # and not what was kept


def test_what_the_data_are_called_is_text_on_the_page(session: Session) -> None:
    from pellucid.scene.source import Points

    name = "<img src=x onerror=alert(1)>"
    points = Points(((0.0, 1.0, 0.0), (1.0, 0.0, 1.0)), (name, "b"))
    session.call(lambda at: at.open(Scene(source=points)))
    first = asked(session, ExplainStep())["stops"][0]
    assert name in json.dumps(first["body"]) and "img" not in tags(first["body"])


def tags(body: list[Any]) -> set[str]:
    found = set()
    for part in body:
        if isinstance(part, list):
            found |= {part[0]} | tags(part[2:])
    return found


def test_elements_keep_text_around_and_drop_all_but_the_class() -> None:
    made = elements("<p class='a' id='b'>x &lt; <b>y</b> z</p>")
    assert made == [["p", "a", "x < ", ["b", None, "y"], " z"]]


@pytest.mark.parametrize(
    ("asking", "words"),
    [
        ({"layer": "dense_7"}, "There is no layer 'dense_7'. Did you mean 'dense_2'?"),
        ({"unit": (0,)}, "A unit is one of a layer, got unit (0,) without a layer."),
        ({"layer": "dense_1", "unit": (9,)}, "dense_1 has 3 units, got the unit 9."),
    ],
)
def test_what_is_not_there(session: Session, asking: Any, words: str) -> None:
    session.call(lambda at: at.open(TANH))
    with pytest.raises(PellucidError) as fault:
        asked(session, ExplainStep(**asking))
    assert str(fault.value).startswith(words)


def test_without_targets_the_rule_is_explained(session: Session) -> None:
    session.call(lambda at: at.open(Scene(output=Dense(1), rule=Oja(0.01))))
    phases = {stop["phase"] for stop in stops_of(session)}
    assert {"forward", "update"} <= phases and "backward" not in phases


def test_another_thread_has_to_ask(session: Session) -> None:
    assert session.call(lambda at: at.bench.step) == 0
    with pytest.raises(ParameterError, match="no step"):
        session.call(lambda at: (_ for _ in ()).throw(ParameterError("no step")))
    session.end()
    with pytest.raises(ParameterError, match="This session has ended"):
        session.call(lambda at: 1)


def test_records_of_the_commands() -> None:
    from pellucid.studio.command import read_command
    from pellucid.studio.commands import commands

    text = json.dumps({"id": 1, "do": "ExplainStep", "layer": "dense_1", "unit": [2]})
    number, found = read_command(text, commands())
    assert (number, found) == (1, ExplainStep("dense_1", (2,)))
    assert scene_to_record(TANH)["scene"] == "Scene"

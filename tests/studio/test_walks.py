"""Random walks of what a learner may do: the studio keeps its word wherever they lead.

After each walk the scene that is told, opened anew, stands at the same step with the same scores;
and all that was done can be undone and done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.studio.serving import Studio
from tests.studio.talking import Refused, Talk, Visitor

FAILED = "The studio failed to do this"
STANDING = ("step", "epoch", "scores", "parameters", "rows")

RATES = st.sampled_from([1e-4, 0.01, 0.3, 10.0])
OPTIMIZERS = st.sampled_from(["SGD", "Adam", "RMSProp", "AdaGrad"]).flatmap(
    lambda name: st.fixed_dictionaries({"optimizer": st.just(name), "rate": RATES})
)
RULES = st.fixed_dictionaries(
    {"rule": st.just("Backprop"), "optimizer": OPTIMIZERS}, optional={"l2": st.just(0.01)}
)
LAYERS = st.lists(
    st.fixed_dictionaries(
        {"layer": st.just("Dense"), "units": st.integers(1, 6)},
        optional={"activation": st.sampled_from([{"activation": "relu"}, {"activation": "tanh"}])},
    )
    | st.just({"layer": "Dropout", "rate": 0.2}),
    max_size=3,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "rule": RULES, "batch": st.sampled_from([None, 1, 7, 64, 1000]),
        "epochs": st.integers(1, 20), "seed": st.integers(0, 3), "scale": st.booleans(),
        "validation": st.sampled_from([0.0, 0.2, 0.9]), "hidden": LAYERS,
        "source": st.sampled_from(
            [{"source": "Sample", "name": name} for name in ("moons", "iris", "xor")]
        ),
    },
)  # fmt: skip
PLACES = st.lists(st.integers(0, 4), min_size=1, max_size=2)
VALUES = st.sampled_from([0.0, 1.0, -3.5, 1e10, -1e38, 1e39, 1e308])
MOVES = st.one_of(
    st.tuples(st.just("TakeSteps"), st.fixed_dictionaries({"count": st.integers(1, 60)})),
    st.tuples(st.just("TakeEpoch"), st.just({})),
    st.tuples(st.just("Seek"), st.fixed_dictionaries({"step": st.integers(0, 120)})),
    st.tuples(st.sampled_from(["Restart", "Undo", "Undo", "Redo"]), st.just({})),
    st.tuples(st.just("ChangeScene"), st.fixed_dictionaries({"fields": FIELDS})),
    st.tuples(
        st.just("EditWeight"),
        st.fixed_dictionaries(
            {"parameter": st.sampled_from(["dense_1.weight", "dense_1.bias", "dense_2.weight"]),
             "place": PLACES, "value": VALUES}
        ),
    ),
    st.tuples(
        st.just("KnockOut"),
        st.fixed_dictionaries(
            {"layer": st.sampled_from(["dense_1", "dense_2"]), "unit": st.integers(0, 4)}
        ),
    ),
    st.tuples(
        st.just("GiveLabel"),
        st.fixed_dictionaries({"row": st.integers(0, 160), "label": st.sampled_from("01")}),
    ),
    st.tuples(st.just("ChooseRow"), st.fixed_dictionaries({"row": st.integers(0, 160)})),
)  # fmt: skip
START = {"version": 1, "scene": "Scene", "hidden": [{"layer": "Dense", "units": 3}], "batch": 20}


@pytest.fixture(scope="module")
def talks(studio: Studio) -> Iterator[tuple[Talk, Talk]]:
    visitor = Visitor(studio.origin, studio.cookies)
    with visitor.talk() as one, visitor.talk() as other:
        yield one, other


def done(talk: Talk, do: str, given: Any) -> bool:
    """Do it and let it finish; whether it was not refused."""
    try:
        talk.ask(do, **given)
    except Refused as refusal:
        said = str(refusal)
    else:
        return True
    assert FAILED not in said and len(said) > 20, (do, given, said)
    return False


def standing(talk: Talk) -> dict[str, Any]:
    """Where the session stands, once it takes no more steps; each reply tells it before."""
    talk.ask("TellScene")
    while talk.status["playing"]:
        talk.read()
    talk.ask("TellScene")
    return talk.status


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, min_size=1, max_size=12))
def test_a_walk(talks: tuple[Talk, Talk], moves: list[tuple[str, Any]]) -> None:
    talk, other = talks
    note(str(moves))
    talk.ask("OpenScene", scene=START)
    for do, fields in moves:
        done(talk, do, fields)
        status = standing(talk) if do.startswith("Take") else talk.status
        assert status["first"] <= status["step"] <= status["last"], (do, status)
    here = standing(talk)
    told = talk.ask("TellScene")
    other.ask("OpenScene", scene=told)
    there = standing(other)
    assert {key: there[key] for key in STANDING} == {key: here[key] for key in STANDING}
    assert other.ask("TellScene") == told


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, min_size=1, max_size=8))
def test_all_can_be_undone_and_done_again(
    talks: tuple[Talk, Talk], moves: list[tuple[str, Any]]
) -> None:
    talk, _ = talks
    note(str(moves))
    talk.ask("OpenScene", scene=START)
    for do, fields in moves:
        if do not in ("Undo", "Redo"):
            done(talk, do, fields)
            if do.startswith("Take"):
                standing(talk)
    end, told = standing(talk), talk.ask("TellScene")
    count = 0
    while count < len(moves) and talk.ask("Undo")["done"]:
        count += 1
    for _ in range(count):
        assert talk.ask("Redo") == {"done": True}
    assert standing(talk)["scores"] == end["scores"]
    assert talk.ask("TellScene") == told

"""A memory that is played with: held to ``Hopfield.recall`` turn by turn, and to sums by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pellucid.errors import DataError, ParameterError, ShapeError, UnknownNameError
from pellucid.graph.primitive import Array
from pellucid.memory import Hopfield, damaged, drawn, random_patterns
from pellucid.scene.memory_bench import MemoryBench, MemoryScene, as_picture
from pellucid.scene.scene import scene_from_record

A = drawn(".###. #...# ##### #...# #...#".replace(" ", "\n"))
T = drawn("##### ..#.. ..#.. ..#.. ..#..".replace(" ", "\n"))
L = drawn("#.... #.... #.... #.... #####".replace(" ", "\n"))


def scene(*pictures: Array, rule: str = "hebb", seed: int = 0) -> MemoryScene:
    rows, columns = pictures[0].shape
    return MemoryScene((rows, columns), tuple(map(as_picture, pictures)), rule=rule, seed=seed)


def letters(seed: int = 0) -> MemoryBench:
    return MemoryBench(scene(A, T, L, seed=seed))


# --- the same as the memory of the library


@pytest.mark.parametrize("rule", ["hebb", "storkey", "pseudo_inverse"])
@pytest.mark.parametrize("seed", [0, 3])
def test_turn_by_turn_it_is_the_recall_of_the_library(rule: str, seed: int) -> None:
    noise = random_patterns(4, 36, seed=5).reshape(4, 6, 6)
    bench = MemoryBench(scene(*noise, rule=rule, seed=seed))
    bench.show(2)
    bench.damage(0.2, seed=7)
    start = bench.state
    np.testing.assert_array_equal(start, damaged(noise[2:3], 0.2, seed=7)[0])
    bench.settle()
    memory = Hopfield(rule, seed=seed).fit(noise)
    course = memory.recall(start[None])
    np.testing.assert_array_equal(bench.state, course.state[0])
    own = bench.energies
    np.testing.assert_allclose(own, course.energies[: len(own), 0], atol=1e-12)
    assert (np.diff(own) <= 1e-12).all()
    np.testing.assert_array_equal(bench.weights, memory.weights)
    assert bench.energy == pytest.approx(float(memory.energy(bench.state[None])[0]))
    assert bench.name() == memory.names(bench.state[None])[0]


def test_four_units_by_hand() -> None:
    """w_ij = x_i x_j / 4; with the last unit wrong E = 0, and its sum is -3/4: it turns back."""
    x = np.array([[1.0, 1.0], [-1.0, -1.0]])
    bench = MemoryBench(scene(x))
    bench.show(0)
    assert bench.energy == -1.5 and bench.energies.tolist() == [-1.5]
    bench.draw((1, 1), 1)
    assert bench.energy == 0.0
    assert bench.sum_at((1, 1)) == -0.75
    np.testing.assert_array_equal(bench.weights_of((1, 1)), [[-0.25, -0.25], [0.25, 0.0]])
    assert bench.next_change() is True
    assert bench.energy == -1.5 and bench.state.tolist() == x.tolist()
    assert bench.unit == (1, 1)
    assert bench.next_change() is False and bench.is_over
    assert str(bench.name()) == "pattern 0"


def test_the_lower_half_comes_back() -> None:
    bench = letters()
    for k, letter in enumerate((A, T, L)):
        bench.show(k)
        bench.cover(0.4)
        assert bench.name() is None
        assert (bench.state[3:] == 0).all() and (bench.state[:3] == letter[:3]).all()
        bench.settle()
        assert bench.state.tolist() == letter.tolist()
        assert bench.alike()[k] == 1.0


def test_a_turn_is_of_one_unit() -> None:
    bench = letters()
    bench.show(1)
    bench.damage(0.2, seed=1)
    for turn in range(1, 26):
        before = bench.state
        changed = bench.turn()
        assert bench.step == bench.last == turn and len(bench.energies.tolist()) == turn + 1
        assert (before != bench.state).sum() == changed
        assert bench.unit is not None
        if changed:
            assert before[bench.unit] != bench.state[bench.unit]


# --- storing and drawing


def test_nothing_is_stored_at_first() -> None:
    bench = MemoryBench(MemoryScene((3, 4)))
    assert bench.state.tolist() == [[-1.0] * 4] * 3
    assert bench.patterns.shape == (0, 3, 4) and bench.alike().shape == (0,)
    assert bench.name() is None and bench.energy == 0.0 and not bench.weights.any()
    bench.draw((1, 2), 1)
    bench.settle()
    assert bench.state[1, 2] == 1.0 and bench.energies.tolist() == [0.0] * 13


def test_store_forget_and_another_rule() -> None:
    bench = MemoryBench(MemoryScene((5, 5), drawn=as_picture(A)))
    bench.store()
    assert bench.patterns.tolist() == [A.tolist()]
    bench.invert()
    assert str(bench.name()) == "pattern 0 reversed"
    bench.clear()
    bench.store()
    assert len(bench.patterns) == 2
    np.testing.assert_allclose(
        bench.weights, Hopfield().fit([A, -np.ones((5, 5))]).weights, atol=1e-12
    )
    bench.change(rule="pseudo_inverse")
    assert bench.scene.rule == "pseudo_inverse"
    bench.forget(0)
    assert bench.patterns.tolist() == (-np.ones((1, 5, 5))).tolist()
    bench.forget()
    assert len(bench.patterns) == 0 and not bench.weights.any()


def test_undo_and_redo_come_to_the_same_numbers() -> None:
    bench = letters()
    assert not bench.undo() and not bench.redo()
    bench.show(0)
    bench.damage(0.2, seed=3)
    bench.turn()
    bench.settle()
    bench.draw((0, 0), -1)
    bench.draw((0, 1), -1, goes_on=True)
    bench.store()
    seen = (bench.scene, bench.state.tolist(), bench.energies.tolist())
    words: list[str] = []
    while bench.undoable:
        words.append(bench.undoable)
        assert bench.undo()
    assert words == [
        "storing", "drawing", "recall", "damage", "showing a stored picture"
    ]  # fmt: skip
    assert len(bench.patterns) == 3 and bench.state.tolist() == [[-1.0] * 5] * 5
    while bench.redoable:
        assert bench.redo()
    assert (bench.scene, bench.state.tolist(), bench.energies.tolist()) == seen
    bench.undo()
    bench.clear()
    assert not bench.redo()  # a new thing was done


def test_restart_is_the_picture_before_the_first_turn() -> None:
    bench = letters()
    bench.show(2)
    bench.damage(0.2, seed=9)
    start = bench.state.tolist()
    bench.turn()
    assert bench.advance(3) and bench.step == 4
    bench.settle()
    end, last, energies = bench.state.tolist(), bench.last, bench.energies.tolist()
    assert end == L.tolist() and bench.is_over and bench.advance() == ()
    bench.restart()
    assert bench.state.tolist() == start and bench.step == 0 and bench.unit is None
    assert (bench.first, bench.last) == (0, last)
    bench.seek(4)
    assert bench.energy == energies[4]
    bench.settle()  # from there on anew: to the same
    assert (bench.state.tolist(), bench.last, bench.energies.tolist()) == (end, last, energies)
    with pytest.raises(ParameterError) as caught:
        bench.seek(last + 1)
    assert str(caught.value) == (
        f"Turns 0 to {last} can be seen, got {last + 1}. Let units have their turn to reach a "
        "later one."
    )


def test_what_was_played_opens_again() -> None:
    bench = letters(seed=4)
    bench.show(1)
    bench.cover(0.4)
    bench.draw((0, 0), -1)
    record = json.loads(json.dumps(bench.played().to_record()))
    again = scene_from_record(record)
    assert isinstance(again, MemoryScene) and again == bench.played()
    other = again.bench()
    other.settle()
    bench.settle()
    assert (
        other.state.tolist() == bench.state.tolist()
        and other.energies.tolist() == bench.energies.tolist()
    )


def test_where_it_stands() -> None:
    bench = letters()
    bench.show(0)
    bench.turn()
    edition = bench.edition
    assert bench.standing() == {
        "step": 1, "first": 0, "last": 1, "epoch": 0, "over": False,
        "scores": {"energy": bench.energy}, "undo": "recall", "redo": None, "problem": None,
    }  # fmt: skip
    assert bench.to_epoch_end() == 24
    bench.advance(24)
    assert bench.epoch == 1 and bench.to_epoch_end() == 25
    assert bench.edition is edition
    bench.forget(0)
    assert bench.edition != edition


# --- bad input


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"size": (0, 5)},
            "MemoryScene expects size to be rows and columns, 1 to 20 each and 2 cells at least, "
            "got (0, 5).",
        ),
        (
            {"size": (2, 2), "drawn": ((1, 1),)},
            "A picture in drawn of MemoryScene is 2 rows of 2 cells, each -1 or 0 or 1. At least "
            "one is not.",
        ),
        (
            {"size": (1, 2), "patterns": (((1, 0),),)},
            "A picture in patterns of MemoryScene is 1 rows of 2 cells, each -1 or 1. At least one "
            "is not.",
        ),
        (
            {"size": (1, 2), "patterns": (((1, 1),),) * 201},
            "MemoryScene stores at most 200 pictures, got 201.",
        ),
    ],
)
def test_scenes_that_are_none(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        MemoryScene(**fields)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_rule_there_is_not() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'hebb'"):
        MemoryScene(rule="heb")


def test_refusals_leave_all_as_it_was() -> None:
    bench = letters()
    bench.show(0)
    before = (bench.scene, bench.state.tolist(), bench.energies.tolist(), bench.undoable)
    with pytest.raises(DataError) as caught:
        bench.store()
    assert str(caught.value) == (
        "This picture is stored already. Change a cell, or draw another one."
    )
    with pytest.raises(ShapeError) as place:
        bench.draw((5, 0), 1)
    assert str(place.value) == (
        "The grid has 5 rows of 5 cells, got the place [5, 0]. Places are counted from 0: the last "
        "is [4, 4]."
    )
    with pytest.raises(ParameterError, match="A cell is 1"):
        bench.draw((0, 0), 2)
    with pytest.raises(ParameterError, match="A share is from 0 to 1, got 2"):
        bench.cover(2)
    with pytest.raises(ParameterError, match="at most 1"):
        bench.damage(1.5)
    with pytest.raises(ParameterError, match="3 pictures are stored, counted from 0, got 3"):
        bench.forget(3)
    with pytest.raises(UnknownNameError):
        bench.change(rule="heb")
    with pytest.raises(ParameterError, match="the rule and the seed can change"):
        bench.change(size=(3, 3))
    assert (bench.scene, bench.state.tolist(), bench.energies.tolist(), bench.undoable) == before
    bench.cover(0.2)
    with pytest.raises(DataError, match="Some cells are covered; a picture"):
        bench.store()
    with pytest.raises(DataError, match="what is not known cannot be damaged"):
        bench.damage(0.1)

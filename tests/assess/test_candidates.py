"""The configurations of a search: the default first, different ones, seeded, what is fixed kept."""

from __future__ import annotations

import dataclasses

import pytest

from pellucid.assess.candidates import MOST, Candidate, candidates, default_candidate
from pellucid.errors import UnknownNameError
from pellucid.learn.backprop import Backprop
from pellucid.models.convnet import augmentation, convnet
from pellucid.models.run import default_rule
from pellucid.nn.dense import Dense
from pellucid.nn.dropout import Dropout

PICTURES = (3, 16, 16)


def test_the_default_is_what_fit_and_train_take_by_themselves() -> None:
    first = candidates(1000)[0]
    assert first == Candidate() == default_candidate()
    assert first.layers() == [Dense(64, activation="relu"), Dense()]
    assert first.rule(1000, 0.002) == default_rule(1000)
    pictures = candidates(1000, shape=PICTURES)[0]
    assert pictures.layers(PICTURES) == [*augmentation(PICTURES), *convnet(PICTURES)]


@pytest.mark.parametrize("shape", [None, PICTURES])
def test_they_are_different_seeded_and_as_many_as_there_may_be(
    shape: tuple[int, ...] | None,
) -> None:
    found = candidates(1000, 3, shape)
    assert len(set(found)) == len(found) <= MOST
    assert found == candidates(1000, 3, shape)
    assert found != candidates(1000, 4, shape)
    assert len(found) == MOST
    for one in found:
        one.layers(shape)
        one.rule(1000, 0.01)
        assert one.row()["hidden"] == (None if one.hidden is None else list(one.hidden))


def test_what_is_fixed_is_the_same_in_all() -> None:
    fixed = {"hidden": (7,), "activation": "tanh", "rate": 0.01, "batch": 16}
    for one in candidates(1000, fixed=fixed):
        assert {name: getattr(one, name) for name in fixed} == fixed
    assert {one.penalty for one in candidates(1000, fixed=fixed)} > {1.0}


def test_pictures_with_hidden_sizes_are_not_varied_unless_that_is_asked_for() -> None:
    found = candidates(1000, shape=PICTURES, fixed={"hidden": (8,), "varied": None})
    assert all(one.varied is None and one.hidden == (8,) for one in found)
    assert not any(one.layers(PICTURES)[0] != Dense(8, activation=one.activation) for one in found)


def test_choices_become_layers_and_a_rule() -> None:
    one = Candidate((8, 4), "tanh", rate=0.02, penalty=5.0, dropout=0.25)
    assert one.layers() == [
        Dense(8, activation="tanh"), Dropout(0.25), Dense(4, activation="tanh"), Dropout(0.25),
        Dense(),
    ]  # fmt: skip
    rule, usual = one.rule(200, 0.03), default_rule(200, 0.02)
    assert isinstance(rule, Backprop) and isinstance(usual, Backprop)
    assert rule.l2 == 5 * 0.03
    assert dataclasses.replace(rule, l2=usual.l2) == usual
    assert one.text == "8, 4 tanh; rate 0.02; penalty x 5; dropout 0.25"


def test_choices_that_mean_nothing_are_not_told_apart() -> None:
    plain = [one for one in candidates(1000) if one.hidden == ()]
    assert all((one.activation, one.dropout) == ("relu", 0.0) for one in plain)


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(UnknownNameError) as caught:
        candidates(100, fixed={"hiden": ()})
    assert str(caught.value) == (
        "There is no choice to fix 'hiden'. Did you mean 'hidden'? Known: activation, batch, "
        "hidden, rate, varied."
    )
    with pytest.raises(UnknownNameError):
        candidates(100, fixed={"activation": "rely"})

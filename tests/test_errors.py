"""The error tree and the wording of messages."""

from __future__ import annotations

import inspect

import pytest

from pellucid import errors
from pellucid.errors import PellucidError, unknown_name, wording

KINDS = [
    cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, PellucidError)
]


@pytest.mark.parametrize("cls", KINDS)
def test_every_error_is_a_value_error_with_a_doc(cls: type[Exception]) -> None:
    assert issubclass(cls, PellucidError)
    assert issubclass(cls, ValueError)
    assert cls.__doc__
    with pytest.raises(ValueError, match=r"^where, got, expected$"):
        raise cls("where, got, expected")


def test_the_tree_is_flat() -> None:
    assert {cls.__base__ for cls in KINDS} == {PellucidError, ValueError}
    assert len(KINDS) > 5


def test_a_message_says_where_expected_got_and_remedy() -> None:
    message = wording("Dense", expected="4 features", got="5", remedy="Drop a column.")
    assert message == "Dense expects 4 features, got 5. Drop a column."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rleu", "There is no activation 'rleu'. Did you mean 'relu'? Known: relu, tanh."),
        ("zzzz", "There is no activation 'zzzz'. Known: relu, tanh."),
        (3, "There is no activation 3. Known: relu, tanh."),
    ],
)
def test_an_unknown_name_suggests_the_nearest_if_one_is_near(name: object, message: str) -> None:
    error = unknown_name("activation", name, iter(["tanh", "relu"]))
    assert isinstance(error, errors.UnknownNameError)
    assert str(error) == message

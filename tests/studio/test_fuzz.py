"""Anything sent to the studio: each message is answered or the line closed, and it lives on."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from pellucid.studio.commands import commands
from tests.studio.serving import Studio
from tests.studio.talking import Refused, Talk, Visitor

FAILED = "The studio failed to do this"
ENOUGH = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)

ODD = [
    0, -1, 1, 2**31, 2**53, 2**63, -(2**63), 2**64, 10**30, 1e308, -1e308, 1e-320, 0.5, "", "a",
    "moons", "dense_1", "dense_1.weight", "dense_1.bias", "..", "/", "\0", "é" * 300, True, False,
    None, [], {}, [0], [0, 0], [-1, 0], [2**70], [[]], [None], {"": None}, {"source": "Sample"},
    {"optimizer": "Adam", "rate": 1e300}, {"layer": "Dense"}, "scene", "boundary", "curves",
]  # fmt: skip
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.sampled_from(ODD)
JSON = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(string.ascii_letters, max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


SCENE: dict[str, Any] = {
    "version": 1, "scene": "Scene", "source": {"source": "Sample", "name": "moons"},
    "hidden": [{"layer": "Dense", "units": 3}, {"layer": "Dropout", "rate": 0.1}],
    "rule": {
        "rule": "Backprop",
        "optimizer": {"optimizer": "Adam", "rate": {"schedule": "Constant", "value": 0.01}},
    },
    "batch": 20, "epochs": 5, "validation": 0.2, "scale": True, "seed": 0,
    "acts": [
        {"act": "Learn", "steps": 3, "batch": 20, "epochs": 5,
         "rule": {"rule": "Backprop", "optimizer": {"optimizer": "SGD"}}},
        {"act": "Edit", "parameter": "dense_1.weight", "place": [0, 0], "value": 1.5},
        {"act": "Knock", "layer": "dense_1", "unit": 1},
        {"act": "Relabel", "row": 3, "label": "1"},
    ],
}  # fmt: skip
"""A scene that opens; examples have one part of it changed."""


@st.composite
def spoiled(draw: st.DrawFn, whole: Any) -> Any:
    """A record with one of its parts, however deep, changed for something odd or left out."""
    if isinstance(whole, dict | list) and whole and draw(st.integers(0, 3)):
        made = whole.copy()
        key = draw(st.sampled_from(sorted(whole) if isinstance(whole, dict) else range(len(whole))))
        if draw(st.integers(0, 9)) == 0:
            del made[key]
        else:
            made[key] = draw(spoiled(whole[key]))
        return made
    return draw(st.sampled_from(ODD) | JSON)


LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "scene": spoiled(SCENE),
    "fields": st.sampled_from(["rule", "batch", "hidden", "source", "seed", "validation"]).flatmap(
        lambda name: spoiled(SCENE[name]).map(lambda value: {name: value})
    ),
    "parameter": st.sampled_from(["dense_1.weight", "dense_1.bias"]),
    "place": st.lists(PLAIN, max_size=3),
    "layer": st.sampled_from(["dense_1", "dense_2"]),
    "views": st.lists(st.sampled_from(["scene", "curves", "boundary"]) | JSON, max_size=3),
    "lesson": st.sampled_from(["1", "neuron", "99", "../1"]),
    "row": st.integers(-1, 300), "unit": st.integers(0, 4), "step": st.integers(0, 100),
    "stage": st.integers(0, 5), "question": st.integers(0, 5), "value": NUMBERS,
}  # fmt: skip
"""For fields of these names, what comes near to being right."""


@pytest.fixture(scope="module")
def visitor(studio: Studio) -> Visitor:
    return Visitor(studio.origin, studio.cookies)


@pytest.fixture(scope="module")
def line(visitor: Visitor) -> Iterator[list[Talk]]:
    """One talk for the module's examples, in a list: a closed one is replaced by another."""
    holder = [visitor.talk()]
    yield holder
    holder[0].close()


def answered(visitor: Visitor, line: list[Talk], message: str | bytes, number: int) -> Any:
    """The reply or refusal of a message; None where it closed the line. The session goes on."""
    talk, name = line[0], line[0].session
    try:
        talk.line.send(message)
        found = talk.wait(lambda one: one.get("id") == number)
        talk.number = max(talk.number, number if number < 2**50 else 0)
    except ConnectionClosed:
        found = None
        talk = line[0] = visitor.talk(name)
        assert talk.again and talk.session == name
    assert talk.ask("Pause") is None
    if found is not None:
        assert found["type"] in ("reply", "refusal"), found
        words = found.get("error", "")
        assert FAILED not in words, (message, words)
        assert found["type"] == "reply" or words.strip(), message
    return found


@ENOUGH
@given(message=st.text(max_size=100) | JSON.map(json.dumps))
def test_text_that_is_no_command(visitor: Visitor, line: list[Talk], message: str) -> None:
    if message == "drawn":
        return
    found = answered(visitor, line, message, -1)
    assert found is None or found["type"] == "refusal"


@ENOUGH
@given(message=st.binary(max_size=200))
def test_bytes(visitor: Visitor, line: list[Talk], message: bytes) -> None:
    found = answered(visitor, line, message, -1)
    assert found is None or found["type"] == "refusal"


@ENOUGH
@given(number=JSON, do=JSON, more=st.dictionaries(st.text(max_size=8), JSON, max_size=3))
def test_a_message_of_any_parts(
    visitor: Visitor, line: list[Talk], number: Any, do: Any, more: dict[str, Any]
) -> None:
    told = number if type(number) is int and 0 <= number < 2**53 else -1
    found = answered(visitor, line, json.dumps({**more, "id": number, "do": do}), told)
    assert found is None or found["type"] == "refusal"


NAMES = sorted(commands())


@pytest.mark.parametrize("do", NAMES)
@settings(ENOUGH, max_examples=40)
@given(data=st.data())
def test_each_command_with_any_fields(
    visitor: Visitor, line: list[Talk], do: str, data: st.DataObject
) -> None:
    record: dict[str, Any] = {"id": 2**40, "do": do}
    if do in ("EditWeight", "KnockOut", "GiveLabel", "ChooseRow"):
        line[0].ask("OpenScene", scene=SCENE)
    for field in fields(commands()[do]):
        if data.draw(st.integers(0, 9), label=f"whether {field.name}"):
            odd = st.sampled_from(ODD) | JSON
            likely = LIKELY.get(field.name, odd)
            value = likely if data.draw(st.integers(0, 3), label="whether likely") else odd
            record[field.name] = data.draw(value, label=field.name)
    answered(visitor, line, json.dumps(record), 2**40)


@pytest.mark.parametrize(
    "value",
    [
        *("[" * 100_000, '{"a":' * 50_000, "1" * 100_000, "-" * 10, "NaN", "1e999"),
        '{"id": 1, "do": "Seek", "step": ' + "9" * 5000 + "}",
        '{"id": 1, "do": "Seek", "step": NaN}',
        '{"id": 1, "do": "Seek", "step": 1e400}',
        '{"id": 1, "do": "Seek", "step": 1, "step": 2, "stepp": 3}',
        '{"id": 1, "do": "OpenScene", "scene": ' + '{"a":' * 400 + "1" + "}" * 400 + "}",
        '{"id": 1, "do": "OpenScene", "scene": {"version": 1e999}}',
        '{"id": 1, "do": "Watch", "views": ' + json.dumps(["scene"] * 100_000) + "}",
        '{"id": 1, "do": "Seek", "step": "\\ud800"}',
        '{"id": 1, "do": "\\ud800"}',
    ],
    ids=lambda value: f"{value[:40]} of {len(value)}",
)
def test_what_is_meant_ill(visitor: Visitor, line: list[Talk], value: str) -> None:
    number = 1 if '"id": 1' in value and "9999" not in value else -1
    talk, name = line[0], line[0].session
    talk.number = max(talk.number, 1)
    try:
        talk.line.send(value)
        found = talk.wait(lambda one: one.get("id") in (number, -1))
    except ConnectionClosed:
        talk = line[0] = visitor.talk(name)
        assert talk.again
    else:
        if "Watch" not in value:
            assert found["type"] == "refusal" and FAILED not in found["error"], found
    assert talk.ask("Pause") is None


def test_a_message_without_end_closes_the_line(visitor: Visitor) -> None:
    talk = visitor.talk()
    name = talk.session
    with suppress(ConnectionClosed):
        talk.line.send("[" + "1," * 3_000_000 + "1]")
    with pytest.raises(ConnectionClosed):
        talk.wait(lambda one: one["type"] == "refusal")
    with visitor.talk(name) as again:
        assert again.again


@pytest.mark.parametrize(
    "hello",
    [
        *("", "{", "[]", "null", "1", '"hello"', "{}", b"\xff"),
        '{"hello": 2}',
        '{"hello": 1, "session": 5}',
    ],
)
def test_a_bad_first_message_is_refused(visitor: Visitor, hello: str | bytes) -> None:
    with visitor.line() as line:
        line.send(hello)
        found = json.loads(line.recv(10))
        assert found["type"] == "refused"
        assert found["error"].startswith("This studio speaks version 1 of its messages.")
        with pytest.raises(ConnectionClosed):
            line.recv(10)


def test_an_unknown_session_is_a_new_one(visitor: Visitor) -> None:
    with visitor.talk("../../etc") as talk:
        assert talk.session != "../../etc" and not talk.again


def test_refusals_say_what_is_wrong(line: list[Talk]) -> None:
    with pytest.raises(Refused, match=r"^There is no do 'Dance'|'Dance'"):
        line[0].ask("Dance")
    with pytest.raises(Refused, match="step"):
        line[0].ask("Seek")
    with pytest.raises(Refused, match="steps"):
        line[0].ask("Seek", step=1, steps=2)

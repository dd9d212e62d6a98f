"""What the workbench offers: everything that is in the closed lists, or a reason why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pellucid.data import samples
from pellucid.errors import ParameterError
from pellucid.hyper import declarations
from pellucid.learn import Perceptron
from pellucid.records import own_fields
from pellucid.scene.bench import Bench
from pellucid.scene.scene import RECORDS, Scene
from pellucid.studio.catalog import (
    HELD,
    LEFT_OUT,
    UNSHOWN,
    choices,
    family,
    first_sentence,
    names,
    section,
)
from pellucid.studio.command import read_command
from pellucid.studio.commands import commands
from pellucid.studio.samples import ORDER, told
from pellucid.studio.wire import packed, unpacked


def offered() -> Iterator[tuple[str, dict[str, Any]]]:
    for key, classes in choices()["families"].items():
        for one in classes:
            yield key, one


@pytest.mark.parametrize("key", LEFT_OUT)
def test_each_class_is_offered_or_left_out_for_a_reason(key: str) -> None:
    every = set(family(key).classes)
    assert set(LEFT_OUT[key]) <= every
    assert set(names(key)) == every - set(LEFT_OUT[key])
    assert all(reason for reason in LEFT_OUT[key].values())


@pytest.mark.parametrize(("key", "one"), list(offered()), ids=lambda each: str(each)[:40])
def test_each_class_says_what_it_means(key: str, one: dict[str, Any]) -> None:
    assert one["meaning"] and "``" not in one["meaning"] and one["meaning"] != "Formula."
    for field in one["fields"]:
        assert field["doc"] and field["range"]


@pytest.mark.parametrize(("key", "one"), list(offered()), ids=lambda each: str(each)[:40])
def test_each_field_is_there_or_left_out(key: str, one: dict[str, Any]) -> None:
    cls = family(key).classes[one["name"]]
    every = {field.name for field in own_fields(cls)}
    assert every - {field["name"] for field in one["fields"]} <= UNSHOWN
    for field in one["fields"]:
        declared = declarations(cls).get(field["name"])
        if declared is None:
            assert field["name"] in HELD
        else:
            assert (field["doc"], field["low"], field["high"], field["unit"]) == (
                declared.doc, declared.low, declared.high, declared.unit,
            )  # fmt: skip


@pytest.mark.parametrize(("key", "one"), list(offered()), ids=lambda each: str(each)[:40])
def test_a_record_to_begin_with_is_one(key: str, one: dict[str, Any]) -> None:
    wire = unpacked(packed({"record": one["record"]}))["record"]
    made = RECORDS.decode(wire, key)
    assert type(made) is family(key).classes[one["name"]]


def test_plain_fields_of_a_scene() -> None:
    scene = Scene()
    found = {field["name"]: field for field in choices()["scene"]}
    assert set(found) == {"batch", "epochs", "validation", "scale", "seed"}
    assert all(found[name]["default"] == getattr(scene, name) for name in found)
    assert found["validation"]["doc"] == "the share that is held out to watch"
    assert found["validation"]["range"] == "a number at least 0 and below 1"


def test_the_words_of_a_class() -> None:
    dense = next(one for _, one in offered() if one["name"] == "Dense")
    assert dense["meaning"].startswith("Each unit takes the weighted sum of all inputs")
    assert dense["formula"].startswith("z_j = b_j + sum over i of x_i W_ij")
    units = dense["fields"][0]
    assert (units["name"], units["kind"], units["low"]) == ("units", "int", 1)
    assert units["range"] == "a whole number at least 1 or None"


def test_first_sentences() -> None:
    assert first_sentence("A threshold: it fires or not.\n\nFormula: y") == (
        "A threshold: it fires or not."
    )
    assert first_sentence("Formula: L = 0. More.") == "L = 0."
    assert section("One. Formula: y = z.\nSource: someone", "Formula") == "y = z"
    assert section("One.", "Formula") == ""


def test_samples_are_those_that_need_no_files() -> None:
    assert set(ORDER) == set(samples.names()) - {"mnist", "fashion_mnist"}


@pytest.fixture(scope="module")
def previews() -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in told()}


@pytest.mark.parametrize("name", ORDER)
def test_a_sample_tells_what_it_is(name: str, previews: dict[str, dict[str, Any]]) -> None:
    found, data = previews[name], samples.load(name)
    assert found["rows"] == len(data) and found["description"] == data.description
    assert found["inputs"] == data.x[0].size
    seen = found["preview"]
    if "pictures" in seen:
        assert seen["pictures"].dtype == np.uint8 and len(seen["pictures"]) == 10
    else:
        assert seen["points"].min() >= 0 and seen["points"].max() <= 1
        assert len(seen["points"]) == len(seen["labels"])


def test_previews_know_the_classes(previews: dict[str, dict[str, Any]]) -> None:
    assert previews["xor"]["preview"]["labels"].tolist() == [0, 1, 1, 0]
    assert previews["xor"]["preview"]["points"].tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_inputs_of_the_plane_are_two() -> None:
    bench = Bench(Scene())
    with pytest.raises(ParameterError) as caught:
        bench.look_along(1, 1)
    assert str(caught.value) == (
        "A plane has two inputs, got 1 twice. Choose another for one of them."
    )
    bench.look_along(1, 0)
    assert bench.plane == (1, 0)


def test_a_rule_that_does_not_fit_is_refused_at_once() -> None:
    bench = Bench(Scene())
    before = bench.scene
    with pytest.raises(ParameterError) as caught:
        bench.change(rule=Perceptron())
    assert str(caught.value) == (
        "Perceptron expects a step activation, got dense_1 with linear. Use Dense(..., "
        "activation='step'), or the rule Delta or Backprop."
    )
    assert bench.scene is before and bench.undoable is None


def test_commands_of_choosing_are_known() -> None:
    number, command = read_command('{"id": 3, "do": "TellRows", "start": 5}', commands())
    assert (number, command.count, command.which) == (3, 50, "all")  # type: ignore[attr-defined]

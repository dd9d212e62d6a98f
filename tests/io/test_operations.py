"""Which operations the forms of export know: a new one needs a line in each, or a reason."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from pellucid.graph import PRIMITIVES
from pellucid.io.code.language import OPERATORS as INFIX
from pellucid.io.code.one_by_one import ONE_BY_ONE
from pellucid.io.code.operations import KNOWN
from pellucid.io.code.write import LANGUAGES
from pellucid.io.onnx import OPERATORS
from pellucid.io.torch import FUNCTIONS

RANDOM = {"uniform", "normal", "bernoulli", "permutation"}
GRADIENTS = {
    "conv2d_input_gradient", "conv2d_weight_gradient", "max_pool2d_gradient", "max_pool2d_select",
    "avg_pool2d_gradient", "scatter_add",
}  # fmt: skip
COUNTED = {"count"}  # over columns it is a constant, over rows it is refused


@pytest.mark.parametrize(
    ("known", "beside"), [(KNOWN, COUNTED), (OPERATORS, COUNTED), (FUNCTIONS, set())]
)
def test_holes_have_a_reason(known: Collection[str], beside: set[str]) -> None:
    ours = {name for name, each in PRIMITIVES.items() if each.rule.__module__[:9] == "pellucid."}
    assert ours - set(known) == RANDOM | GRADIENTS | beside


@pytest.mark.parametrize("name", LANGUAGES)
def test_each_language_has_words_for_all_of_them(name: str) -> None:
    language = LANGUAGES[name][0]
    composed = {"where", "clip", "cast"}
    asked = set(ONE_BY_ONE) - composed | {"maximum", "minimum", "exp", "log", "abs", "truncate"}
    assert asked <= set(language.functions) | set(INFIX)
    for helper in language.helpers:
        assert helper in language.reserved

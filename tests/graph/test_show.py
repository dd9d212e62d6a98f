"""Graphs as text, JSON, DOT and Mermaid."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import GraphError
from pellucid.graph import (
    BATCH,
    Batch,
    Builder,
    Graph,
    from_dict,
    from_json,
    gradient,
    to_dict,
    to_dot,
    to_json,
    to_mermaid,
    to_text,
)
from pellucid.ops import (
    broadcast_to,
    conv2d,
    gather,
    max_pool2d,
    mean,
    pad,
    permutation,
    reshape,
    sigmoid,
)  # fmt: skip
from tests.graph.graphs import graphs


def tiny() -> Graph:
    builder = Builder()
    x, w = builder.input("x", (BATCH, 2)), builder.input("w", (2, 1))
    with builder.context(scope="dense"):
        y = sigmoid(x @ w) * 2.0
    with builder.context(role="loss"):
        return builder.build(y=y, loss=mean(y))


def rich() -> Graph:
    """Symbolic settings, infinity, nested tuples, every role and a twin."""
    builder = Builder()
    x, w = builder.input("x", (BATCH, 1, 4, 4)), builder.input("w", (2, 1, 2, 2))
    key = builder.input("key", (2,), "int")
    y = max_pool2d(conv2d(x, w, padding=((1, 0), (0, 1))), (2, 2))
    flat = reshape(pad(y, 3, before=1, value=-np.inf), (Batch(12),))
    many = broadcast_to(builder.constant([True, False]), (Batch(3), 2))
    row = gather(flat, permutation(key, 1, Batch(12)))
    weights = builder.constant([[1.0, -0.0], [float("nan"), float("-inf")]])
    graph = builder.build(loss=mean(row), many=many, weights=weights)
    return gradient(graph, "loss", ["w"])


def test_text() -> None:
    assert to_text(tiny()) == str(tiny()) == (
        "%0 = input x : float[B, 2]\n"
        "%1 = input w : float[2, 1]\n"
        "%2 = matmul(%0, %1) : float[B, 1]\n"
        "%3 = sigmoid(%2) : float[B, 1]\n"
        "%4 = constant 2.0 : float[]\n"
        "%5 = multiply(%3, %4) : float[B, 1]\n"
        "%6 = mean(%5, axes=[0, 1]) : float[]\n"
        "y = %5\n"
        "loss = %6"
    )  # fmt: skip


def test_long_settings_are_cut_in_the_text() -> None:
    builder = Builder()
    text = to_text(builder.build(y=builder.constant(np.arange(40.0))))
    line = text.splitlines()[0]
    assert line.startswith("%0 = constant [0.0, 1.0,")
    assert line.endswith("... : float[40]")
    assert "value=-inf" in to_text(rich())


def test_dot() -> None:
    assert to_dot(tiny()) == (
        "digraph {\n"
        '  rankdir=TB; node [shape=box style="rounded,filled" fontname=sans];\n'
        '  n0 [label="x\\n[B, 2]" fillcolor="#dbe9f6"];\n'
        '  n1 [label="w\\n[2, 1]" fillcolor="#dbe9f6"];\n'
        '  n6 [label="mean\\n[]" fillcolor="#fde3c8"];\n'
        '  subgraph cluster_1 { label="dense"; color="#999999";\n'
        '    n2 [label="matmul\\n[B, 1]" fillcolor="#dbe9f6"];\n'
        '    n3 [label="sigmoid\\n[B, 1]" fillcolor="#dbe9f6"];\n'
        '    n4 [label="2\\n[]" fillcolor="#dbe9f6"];\n'
        '    n5 [label="multiply\\n[B, 1]" fillcolor="#dbe9f6"];\n'
        "  }\n"
        "  n0 -> n2;\n  n1 -> n2;\n  n2 -> n3;\n  n3 -> n5;\n  n4 -> n5;\n  n5 -> n6;\n"
        '  "out y" [shape=plaintext style="" label="y"];\n  n5 -> "out y";\n'
        '  "out loss" [shape=plaintext style="" label="loss"];\n  n6 -> "out loss";\n'
        "}\n"
    )


def test_mermaid() -> None:
    expected = (
        "flowchart TB\n"
        '    n0["x<br/>[B, 2]"]:::forward\n'
        '    n1["w<br/>[2, 1]"]:::forward\n'
        '    n6["mean<br/>[]"]:::loss\n'
        '  subgraph s1["dense"]\n'
        '    n2["matmul<br/>[B, 1]"]:::forward\n'
        '    n3["sigmoid<br/>[B, 1]"]:::forward\n'
        '    n4["2<br/>[]"]:::forward\n'
        '    n5["multiply<br/>[B, 1]"]:::forward\n'
        "  end\n"
        "  n0 --> n2\n  n1 --> n2\n  n2 --> n3\n  n3 --> n5\n  n4 --> n5\n  n5 --> n6\n"
        '  o0(["y"])\n  n5 --> o0\n  o1(["loss"])\n  n6 --> o1\n'
        "  classDef forward fill:#dbe9f6,color:#222\n"
        "  classDef loss fill:#fde3c8,color:#222\n"
        "  classDef backward fill:#e9e0f3,color:#222\n"
        "  classDef update fill:#d8efdc,color:#222\n"
        "  classDef metric fill:#eeeeee,color:#222\n"
    )
    assert to_mermaid(tiny()) == expected
    assert tiny()._repr_markdown_() == f"```mermaid\n{expected}```"


def test_names_with_quotes_do_not_break_a_drawing() -> None:
    builder = Builder()
    with builder.context(scope='say "a"'):
        x = builder.input('<b>"x"\\')
    graph = builder.build(**{'"y"': x * 1.5})
    dot, mermaid = to_dot(graph), to_mermaid(graph)
    assert 'n0 [label="<b>\\"x\\"\\\\\\n[]"' in dot
    assert '"out \\"y\\"" [shape=plaintext style="" label="\\"y\\""];' in dot
    assert 'label="say \\"a\\""' in dot
    assert 'n0["&lt;b&gt;#quot;x#quot;\\<br/>[]"]' in mermaid
    assert '["say #quot;a#quot;"]' in mermaid
    assert '(["#quot;y#quot;"])' in mermaid


@pytest.mark.parametrize("make", [tiny, rich])
def test_json_gives_the_graph_back(make: Any) -> None:
    graph = make()
    text = to_json(graph)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    again = from_json(text)
    assert to_json(again) == text
    assert [n.key for n in again] == [n.key for n in graph]
    assert [(n.scope, n.role, n.twin) for n in again] == [(n.scope, n.role, n.twin) for n in graph]
    assert again.outputs == graph.outputs
    assert str(again) == str(graph)
    with pytest.raises(TypeError):
        again.nodes[0].attrs["name"] = "z"  # type: ignore[index]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(graphs())
def test_json_gives_any_graph_back(graph: Graph) -> None:
    assert from_json(to_json(graph)) == graph


NO_RECORD = (
    "This is no graph record: {}. A record has 'nodes', each with id, op, inputs, attrs, shape and "
    "dtype, and 'outputs'."
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, ]]", "The graph's text is not JSON: "),
        ("{}", NO_RECORD.format("KeyError('nodes')")),
        ("[1]", NO_RECORD.format("TypeError('list indices must be integers or slices, not str')")),
    ],
)
def test_what_is_no_graph_is_refused(text: str, message: str) -> None:
    with pytest.raises(GraphError) as caught:
        from_json(text)
    assert str(caught.value).startswith(message)  # after it comes what Python's reader says


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(GraphError, match="not JSON"):
        from_json("[" * 200_000)


RECORD = to_dict(rich())
VALUES: list[Any] = [
    None, True, -1, 0, 7, 1e300, "B", "x", "", [], [[]], [1, "B"], {}, {"number": "inf"},
    {"number": "?"},
]  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_a_damaged_record_is_refused_or_read_never_a_crash(data: Any) -> None:
    record = copy.deepcopy(RECORD)
    node = data.draw(st.sampled_from(record["nodes"]))
    target: Any = node
    field = data.draw(st.sampled_from(sorted(node)))
    if field == "attrs" and node["attrs"] and data.draw(st.booleans()):
        target, field = node["attrs"], data.draw(st.sampled_from(sorted(node["attrs"])))
    if data.draw(st.booleans()):
        target[field] = data.draw(st.sampled_from(VALUES))
    else:
        del target[field]
    with contextlib.suppress(GraphError):  # anything else fails the test
        graph = from_dict(record)
        assert to_json(from_json(to_json(graph))) == to_json(graph)

"""A trace: every value of one prediction or training step, forward and backward, to look at.

It is computed in float64 by the reference executor, node by node, on the graph as it was written.
What is made of it stands beside this file: tables (``trace_table.py``), what one update did
(``trace_updates.py``), and explanations in words (``explain/``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.errors import DataError, ParameterError, unknown_name
from pellucid.graph import Graph, Node
from pellucid.graph.node import ROLES
from pellucid.graph.primitive import Array
from pellucid.graph.types import Batch, resolve
from pellucid.inspect import trace_graph
from pellucid.inspect.trace_graph import LOSS, OBJECTIVE, slope_name
from pellucid.learn.backprop import Backprop
from pellucid.learn.rule import Rule
from pellucid.learn.stepwise import numbers
from pellucid.models.network import Network
from pellucid.models.prepare import check_labelled, encoded, given, given_weights, samples
from pellucid.models.run import as_rule, going_on
from pellucid.run.executor import batch_size
from pellucid.run.reference import ReferenceExecutor

if TYPE_CHECKING:
    from pellucid.inspect.explain import Explanation
    from pellucid.inspect.trace_updates import Updates

__all__ = ["LIMIT", "Trace", "trace", "trace_step"]

LIMIT = 2 << 30
"""The bytes that a trace may hold."""


@dataclass(frozen=True, eq=False)
class Trace:
    """Every value of one prediction or training step.

    Attributes:
        graph: the computation; its outputs name what has a name.
        values: the value of each node, in float64, by node id.
        network: the network as it was before the step.
        rule: how it learns in the step; None for a prediction.
        batch: the nominal number of samples a step.
        rows: the samples' places in the data; None where they are not known.
        step: how many steps had been taken before it.
        slopes: for each node on the way to the loss, the node of its gradient.
        given: the samples in the user's own words, where they are known.

    Example:
        >>> from pellucid import Network, data
        >>> x, y = data.load("iris")
        >>> net = Network(hidden=[2], seed=0).build(x, y)
        >>> trace = net.trace(x[:1], y[:1])
        >>> trace.value("dense_1.z").shape
        (1, 2)
        >>> trace.gradient("dense_1.weight").shape
        (4, 2)
    """

    graph: Graph
    values: Mapping[int, Array]
    network: Network
    rule: Rule | None
    batch: int
    rows: tuple[int, ...] | None
    step: int
    slopes: Mapping[int, int] = field(default_factory=dict, repr=False)
    given: Any = field(default=None, repr=False)

    @cached_property
    def names(self) -> dict[str, int]:
        """The node of each value that has a name: inputs, parameters, layers' values, outputs."""
        return {name: node.id for name, node in self.graph.inputs.items()} | dict(
            self.graph.outputs
        )

    @property
    def samples(self) -> int:
        """How many samples it holds."""
        return int(self.value("x").shape[0])

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers' names, those inside others included, in the order in which they ran."""
        ends = {n: id for n, id in self.graph.outputs.items() if n.endswith(".output")}
        return tuple(name.removesuffix(".output") for name in ends)

    def node(self, name: str | int) -> Node:
        """A node, by the name of its value or by its id.

        Raises: ``UnknownNameError`` with the nearest name; ``ParameterError`` for another id.
        """
        if isinstance(name, int):
            if not 0 <= name < len(self.graph):
                raise ParameterError(
                    f"A trace of {len(self.graph)} nodes expects an id from 0 to "
                    f"{len(self.graph) - 1}, got {name}. trace.graph lists them."
                )
            return self.graph.nodes[name]
        if name not in self.names:
            raise unknown_name("value", name, self.names)
        return self.graph.nodes[self.names[name]]

    def value(self, name: str | int) -> Array:
        """A value, by its name (``dense_1.z``, ``dense_1.weight``, ``output``) or its node's id."""
        return self.values[self.node(name).id]

    def slope(self, name: str | int) -> Array | None:
        """The gradient of the objective by a value; None where it is not on the way to it."""
        found = self.slopes.get(self.node(name).id)
        return None if found is None else self.values[found]

    def gradient(self, name: str) -> Array:
        """The gradient of the objective by a parameter.

        Raises: ``UnknownNameError`` for an unknown parameter; ``ParameterError`` for a prediction,
            and for a rule that follows no gradient.
        """
        layout = self.network.architecture.learned
        if name not in layout.names:
            raise unknown_name("parameter", name, layout.names)
        self._check_gradients()
        return self.value(slope_name(OBJECTIVE, name))

    def per_sample_gradient(self, name: str) -> Array:
        """What each sample's own loss adds to the gradient by a parameter.

        Formula: g_s = weight_s / batch * d L_s / d parameter; they add up to the gradient of the
            objective, without that of the penalties, which belong to no sample.
        Shapes: (samples, *shape of the parameter).
        Raises: as ``gradient``; ``DataError`` where they would take more memory than a trace may.
        """
        one = self.gradient(name)
        needed = self.samples * one.nbytes
        if needed > LIMIT:
            raise DataError(
                f"The gradients of {self.samples:,} samples by {name} take {_size(needed)}; "
                f"expected at most {_size(LIMIT)}. Trace at most {LIMIT // one.nbytes:,} samples."
            )
        output = slope_name(LOSS, name)
        program = ReferenceExecutor("float64").compile(self.graph, [output])
        fed = {given: self.value(given) for given in program.graph.inputs}
        weight, found = self.value("weight"), np.zeros((self.samples, *one.shape))
        for sample in range(self.samples):
            own = np.zeros_like(weight)
            own[sample] = weight[sample]
            found[sample] = program.run({**fed, "weight": own})[output]
        return found

    def nodes(
        self, layer: str | None = None, unit: Any = None, role: str | None = None
    ) -> tuple[Node, ...]:
        """The nodes of a layer, those with a value for a unit of it, or of a role.

        Raises: ``UnknownNameError`` for a layer or role there is not, ``ParameterError`` for a
            unit there is not.
        """
        from pellucid.inspect.trace_table import of_unit

        if role is not None and role not in ROLES:
            raise unknown_name("role", role, ROLES)
        chosen = [node for node in self.graph.nodes if role is None or node.role == role]
        if layer is not None:
            self.check_layer(layer)
            chosen = [n for n in chosen if n.scope == layer or n.scope.startswith(f"{layer}.")]
        if unit is not None:
            chosen = [n for n in chosen if of_unit(self, n, layer, unit) is not None]
        return tuple(chosen)

    def check_layer(self, layer: str) -> None:
        """Raise ``UnknownNameError`` for a name that no part of the graph has."""
        scopes = {node.scope for node in self.graph.nodes if node.scope} | set(self.layers)
        inner = any(scope.startswith(f"{layer}.") for scope in scopes)
        if layer not in scopes and not inner:
            raise unknown_name("layer", layer, scopes)

    def table(
        self, layer: str | None = None, unit: Any = None, role: str | None = None,
        sample: int | None = None,
    ) -> Any:  # fmt: skip
        """A row for each number: a pandas data frame, or a list of mappings without pandas."""
        from pellucid.inspect.trace_table import table

        return table(self, layer, unit, role, sample)

    def to_json(self, layer: str | None = None, unit: Any = None, role: str | None = None) -> str:
        """Nodes and values as JSON."""
        from pellucid.inspect.trace_table import to_json

        return to_json(self, layer, unit, role)

    def html(self, layer: str | None = None, unit: Any = None, role: str | None = None) -> str:
        """A page's part: what went through each layer, and the gradient that came back."""
        from pellucid.inspect.trace_table import html

        return html(self, layer, unit, role)

    def updates(self, name: str) -> Updates:
        """What the step did to each weight of a parameter."""
        from pellucid.inspect.trace_updates import updates

        return updates(self, name)

    def explain(
        self, layer: str | None = None, unit: Any = None, weight: Any = None, sample: int = 0
    ) -> Explanation:
        """The calculation in words, formulas and numbers. See ``pellucid.inspect.explain``."""
        from pellucid.inspect.explain import explain

        return explain(self, layer, unit, weight, sample)

    def _check_gradients(self) -> None:
        if self.rule is None:
            raise ParameterError(
                "A trace of a prediction has no gradient: nothing was hoped for. Give y as well, "
                "as in net.trace(x, y)."
            )
        if not self.slopes:
            raise ParameterError(
                f"{type(self.rule).__name__} follows no gradient, so the trace holds none. Use "
                "trace.updates(name), or net.trace(x, y, rule='sgd')."
            )

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        what = "prediction" if self.rule is None else f"step {self.step + 1}"
        size = sum(value.size for value in self.values.values())
        return f"<Trace: {what}, {self.samples} samples, {len(self.graph)} nodes, {size:,} numbers>"


def trace(
    network: Network, x: Any, y: Any = None, *, rule: Rule | str | None = None,
    batch: int | None = None, weight: Any = None,
) -> Trace:  # fmt: skip
    """Every value of a prediction for ``x``; with ``y`` of a whole training step.

    Parameters:
        x, y: samples and what is hoped for, in the user's words, as for ``fit``.
        rule: how to learn; by default the rule of the last ``fit``, or ``Backprop()``. The step is
            the one that a further ``fit`` would begin with: at the schedule's first rate. A rule
            without targets, such as ``Oja()``, makes a step without y.
        batch: the nominal number of samples a step; by default as many as are given.
        weight: how much each sample counts; 1 by default.
    Raises: ``DataError`` for a trace too large for memory, with its size and how to narrow it;
        ``DataError``, ``ShapeError`` for samples that do not fit the network.
    """
    task, codec, target = network._parts()
    x, y = given(x, y, codec)
    asked = as_rule(rule) if rule is not None else None
    if y is None and (asked is None or asked.loss is None):
        written = trace_graph.prediction(task)
        params, state = network._vectors()
        fed = {"x": np.asarray(encoded(x, codec, task, "float64")[:]), "params": params}
        return _run(network, written, fed | {"state": state}, None, len(x), None, x)
    check_labelled(y, target)
    chosen = asked or network._rule or Backprop()
    counts = given_weights(weight, len(x))
    own = np.ones(len(x)) if counts is None else counts
    rows = samples(x, y, own, codec, target, task, "float64").rows
    reached = network._reached()
    state_then = going_on(reached, task.architecture, chosen, network._rule)
    rates = chosen.schedule.rates(0, 1, max(1, reached.step))
    fed = {name: np.asarray(array[:]) for name, array in rows.items()}
    fed |= {name: array[0] for name, array in numbers(network.seed, reached.step, rates).items()}
    fed |= state_then.carried
    size = len(x) if batch is None else batch
    return _run(network, trace_graph.step(task, chosen, size), fed, chosen, size, None, x)


def trace_step(
    network: Network, inputs: Mapping[str, Array], rule: Rule, batch: int, *, rows: Any = None
) -> Trace:
    """Every value of the step that starts from raw inputs of the graph of a step.

    Parameters:
        network: as it was before the step.
        inputs: x, y, weight, rate, time, key, and the carried values params, state and the rule's
            slots, as the executor is fed.
        batch: the nominal number of samples a step.
        rows: the samples' places in the data.
    Raises: ``ShapeError`` that lists every input that does not fit; ``DataError`` for a trace too
        large for memory.
    """
    task = network._parts()[0]
    written = trace_graph.step(task, rule, batch)
    places = None if rows is None else tuple(int(row) for row in rows)
    return _run(network, written, inputs, rule, batch, places, None)


def _run(
    network: Network, written: trace_graph.Written, fed: Mapping[str, Array], rule: Rule | None,
    batch: int, rows: tuple[int, ...] | None, x: Any,
) -> Trace:  # fmt: skip
    arrays = {name: np.asarray(array) for name, array in fed.items()}
    check_memory(written.graph, batch_size(written.graph, arrays))
    program = ReferenceExecutor("float64").compile(written.graph)
    values = {node.id: value for node, value in program.watch(arrays)}
    step = int(arrays["time"]) - 1 if "time" in arrays else network.steps_taken
    before = network.copy()
    return Trace(written.graph, values, before, rule, batch, rows, step, written.slopes, x)


def check_memory(graph: Graph, count: int) -> None:
    """Raise ``DataError`` for a trace that would be too large, with its size and a way out."""
    each, fixed = 0, 0
    for node in graph.nodes:
        size = 8 * int(np.prod(resolve(node.shape, count), dtype=np.float64))
        if any(isinstance(dim, Batch) for dim in node.shape):
            each += size
        else:
            fixed += size
    if each + fixed <= LIMIT:
        return
    words = f"A trace of {count:,} samples holds {len(graph):,} values, {_size(each + fixed)}"
    fitting = int((LIMIT - fixed) // (each / count)) if count and fixed < LIMIT else 0
    if fitting:
        remedy = f"Trace at most {fitting:,} samples at a time, such as x[:{fitting}]."
    else:
        remedy = "Its parameters alone are too many; leave y out to see the prediction only."
    raise DataError(f"{words}; expected at most {_size(LIMIT)}. {remedy}")


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**29 else f"{count / 2**20:.1f} MB"

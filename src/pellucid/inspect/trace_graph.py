"""The graph that a trace runs: a step or a prediction as it was written, with its values named.

Nothing is merged or folded, so that each value is where its layer put it. To the step's own outputs
come names for what one wants to look at, and the gradient of every value on the way to the loss.
"""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.dataclass import dataclass
from pellucid.graph import Builder, Graph, Value, gradients
from pellucid.learn.backprop import Backprop
from pellucid.learn.rule import Rule
from pellucid.learn.step import Task, answering, situation, updated
from pellucid.nn.layout import Layout

OBJECTIVE, LOSS = "objective", "loss"


@dataclass(frozen=True)
class Written:
    """A graph as it was written.

    Attributes:
        graph: its outputs name every value that has a name.
        slopes: for each node on the way to the objective the node of its gradient, by id.
    """

    graph: Graph
    slopes: Mapping[int, int]


def slope_name(of: str, by: str) -> str:
    """How a gradient is named, as ``pellucid.graph.gradient`` does."""
    return f"d {of} / d {by}"


def prediction(task: Task) -> Written:
    """The way to a prediction."""
    b, traced, answer = answering(task.architecture, task.loss)
    named = {**traced.notes, **_leaves(b, task, traced.parameters)}
    named |= {"output": traced.output, "prediction": answer}
    return Written(b.build(**named), {})


def step(task: Task, rule: Rule, batch: int) -> Written:
    """One training step: forward, loss, backward and, where the rule has one, the update.

    A rule that moves by several looks at the loss (``LBFGS``) has gradients and no update.
    """
    now, state, counts = situation(task, rule, batch)
    b, layout = now.builder, task.architecture.learned
    outputs = {"state'": state, **counts}
    if rule.minimizer is None:
        outputs = updated(now, rule, state, counts)
    named = {**now.notes, **_leaves(b, task, now.parameters), "output": now.output}
    with b.context(scope="prediction"):
        named["prediction"] = task.loss.link(now.output)
    named["losses"] = b.value(counts["loss.sum"].node.inputs[0])
    named["losses"] = b.value(named["losses"].node.inputs[1])
    slopes: dict[int, int] = {}
    if isinstance(rule, Backprop) and layout.size:
        penalty = rule.penalty(b, task.architecture, now.parameters)
        whole = now.objective if penalty is None else now.objective + penalty
        slopes, found = _slopes(b, whole, layout, now.parameters)
        named |= found | {OBJECTIVE: whole, LOSS: now.objective}
        if penalty is not None:
            named["penalty"] = penalty
        own = [now.parameters[name] for name in layout.names]
        for name, value in zip(layout.names, gradients(now.objective, own), strict=True):
            named[slope_name(LOSS, name)] = value
        if rule.minimizer is None:
            parts = {name: found[slope_name(OBJECTIVE, name)] for name in layout.names}
            with b.context(role="update", scope="update"):
                named["gradient"] = layout.join(parts, like=now.params)
                named["clipped gradient"] = rule.clipped(named["gradient"])
    else:
        named[LOSS] = now.objective
    return Written(b.build(**{**named, **outputs}), slopes)


def _leaves(b: Builder, task: Task, parameters: Mapping[str, Value]) -> dict[str, Value]:
    """The learned parameters and the states, by name."""
    inputs = {node.attrs["name"]: node.id for node in b.nodes if node.op == "input"}
    states = task.architecture.states.values(b.value(inputs["state"]))
    return {**parameters, **states}


def _slopes(
    b: Builder, objective: Value, layout: Layout, parameters: Mapping[str, Value]
) -> tuple[dict[int, int], dict[str, Value]]:
    """The gradient of every float value between x or a parameter and the objective."""
    sources = {value.id for value in parameters.values()}
    sources |= {n.id for n in b.nodes if n.op == "input" and n.attrs["name"] == "x"}
    on_the_way = _on_the_way(b, sources, objective.id)
    values = [b.value(id) for id in on_the_way]
    found = gradients(objective, values)
    slopes = {value.id: slope.id for value, slope in zip(values, found, strict=True)}
    names = {
        slope_name(OBJECTIVE, name): b.value(slopes[parameters[name].id])
        for name in layout.names
        if parameters[name].id in slopes
    }
    missing = [name for name in layout.names if slope_name(OBJECTIVE, name) not in names]
    zero = gradients(objective, [parameters[name] for name in missing])
    names |= {slope_name(OBJECTIVE, n): v for n, v in zip(missing, zero, strict=True)}
    return slopes, names


def _on_the_way(b: Builder, sources: set[int], last: int) -> list[int]:
    """The float nodes that depend on a source, and that the last node depends on."""
    needed = {last}
    for id in range(last, -1, -1):
        if id in needed:
            needed.update(b.nodes[id].inputs)
    reached = set(sources)
    for node in b.nodes[: last + 1]:
        if reached.intersection(node.inputs):
            reached.add(node.id)
    return [id for id in sorted(needed & reached) if b.nodes[id].dtype == "float"]

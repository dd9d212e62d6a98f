"""Functions of one's own, kept as small graphs.

A Python function of graph values is run once, on symbols, and what it adds to the graph is kept. So
a
model file can hold it: as a list of known operations, and never as code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pellucid.errors import GraphError, ParameterError
from pellucid.graph import BATCH, Builder, Graph, Type, Value, from_dict, simplify, to_dict
from pellucid.nn.layer import is_plain


class Written:
    """A Python function of graph values, or the graphs that one left behind, one a shape.

    Two are equal when they are of the same function, or have left equal graphs.
    """

    def __init__(
        self,
        function: Callable[..., Value] | None = None,
        graphs: Sequence[Graph] = (),
        label: str = "",
    ) -> None:
        """Start from a function, or from the graphs that a file holds."""
        self.function = function
        self.label = label or getattr(function, "__name__", type(function).__name__)
        self.graphs = {_types(graph): graph for graph in graphs}

    def __call__(self, **values: Value) -> Value:
        """Add the function's nodes to the graph of its values; the first of them has the batch.

        Raises: ``ParameterError`` when the function cannot be traced or gives something else than
            one float row a sample, or when the graphs from a file are for other shapes.
        """
        types = {name: value.type for name, value in values.items()}
        graph = self.graphs.get(tuple(types.items()))
        if graph is None:
            graph = self._trace(types)
            self.graphs[tuple(types.items())] = graph
        return next(iter(values.values())).builder.inline(graph, values)

    def _trace(self, types: Mapping[str, Type]) -> Graph:
        if self.function is None:
            known = "; ".join(_show(dict(key)) for key in self.graphs) or "none"
            raise ParameterError(
                f"The function {self.label} comes from a file and was saved for {known}, "
                f"got {_show(types)}. Keep the network's shapes, or give the function again."
            )
        builder = Builder()
        inputs = [builder.input(name, kind.shape, kind.dtype) for name, kind in types.items()]
        try:
            result = self.function(*inputs)
        except (TypeError, ValueError, AttributeError) as error:
            raise ParameterError(
                f"The function {self.label} cannot be made part of the graph: {error} "
                "It is run on symbols, not numbers: use +, -, *, /, **, @ and the functions of "
                "pellucid.ops, where(...) in place of if, and nothing of math or numpy."
            ) from error
        return simplify(builder.build(y=self._checked(result, builder)))

    def _checked(self, result: Any, builder: Builder) -> Value:
        if not isinstance(result, Value):
            problem: str | None = repr(result)
        else:
            problem = _problem(result.type) if result.builder is builder else "one of another graph"
        if problem is not None:
            raise ParameterError(
                f"The function {self.label} must give a graph value with one float row a sample, "
                f"float[B, ...], got {problem}."
            )
        known: Value = result
        return known

    def to_record(self) -> dict[str, Any]:
        """What a file holds: the label and the graphs.

        Raises: ``ParameterError`` for a function that no network has used yet.
        """
        if not self.graphs:
            raise ParameterError(
                f"The function {self.label} has not been used yet: there is no graph of it to "
                "save. Build the network for its input shape first."
            )
        return {"label": self.label, "graphs": [to_dict(graph) for graph in self.graphs.values()]}

    @classmethod
    def from_record(cls, record: Any, names: Sequence[str]) -> Written:
        """Read back what ``to_record`` wrote: graphs with these inputs and the output ``y``."""
        fields = dict(record) if isinstance(record, Mapping) else {}
        label, entries = fields.pop("label", None), fields.pop("graphs", None)
        if not isinstance(label, str) or not isinstance(entries, list) or not entries or fields:
            raise ParameterError(
                "A function's record holds a label and a list of graphs, and nothing else."
            )
        graphs = [from_dict(entry) for entry in entries]
        for graph in graphs:
            good = list(graph.inputs) == list(names) and list(graph.outputs) == ["y"]
            if not good or _problem(graph.output("y").type) is not None:
                raise GraphError(
                    f"A graph of the function {label} must make of {' and '.join(names)} one "
                    f"output y with one float row a sample, got:\n{graph}"
                )
        return cls(None, graphs, label)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Written):
            return NotImplemented
        same = self.function is not None and self.function is other.function
        return same or (bool(self.graphs) and self._plain() == other._plain())

    def __hash__(self) -> int:
        return hash(Written)

    def __repr__(self) -> str:
        return self.label

    def _plain(self) -> list[dict[str, Any]]:
        return sorted((to_dict(graph) for graph in self.graphs.values()), key=repr)


def _problem(kind: Type) -> str | None:
    """What keeps a value from being one float row a sample."""
    if kind.dtype != "float":
        return f"{kind}; cast it with pellucid.ops.cast(y, 'float')"
    if kind.shape[:1] != (BATCH,) or not all(map(is_plain, kind.shape[1:])):
        return f"{kind}, without the batch as its first axis"
    return None


def _types(graph: Graph) -> tuple[tuple[str, Type], ...]:
    return tuple((name, node.type) for name, node in graph.inputs.items())


def _show(types: Mapping[str, Type]) -> str:
    return ", ".join(f"{name} of {kind}" for name, kind in types.items())

"""What a network and a run hand on to ``pellucid.inspect``, so that one can ask them themselves.

``inspect`` looks at networks, and so is above them; each method fetches its function when called.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.learn.rule import Rule


class Looking:
    """What a network can be asked about the way to its answers."""

    def trace(
        self, x: Any, y: Any = None, *, rule: Rule | str | None = None, batch: int | None = None,
        weight: Any = None,
    ) -> Any:  # fmt: skip
        """Every value of a prediction for ``x``; with ``y`` of a whole training step.

        See ``pellucid.inspect.trace``.
        """
        return _inspect("trace").trace(self, x, y, rule=rule, batch=batch, weight=weight)

    def explain(self, x: Any, y: Any = None, **chosen: Any) -> Any:
        """A prediction or, with ``y``, a training step as a calculation to redo by hand.

        ``layer``, ``unit``, ``weight`` and ``sample`` choose what of it; ``rule`` how it learns.
        """
        own = {name: chosen.pop(name) for name in ("rule", "batch") if name in chosen}
        return self.trace(x, y, **own).explain(**chosen)

    def compare(self, other: Any, x: Any = None, y: Any = None) -> Any:
        """What differs from this network (A) to another (B). See ``pellucid.inspect.compare``."""
        return _inspect("compare").compare(self, other, x, y)

    def race(self, x: Any, y: Any, rules: Any, **settings: Any) -> Any:
        """Let rules learn from this start, on the same batches. See ``pellucid.inspect.race``."""
        return _inspect("race").race(self, x, y, rules, **settings)

    def diagram(self, x: Any = None, **options: Any) -> Any:
        """The network as a figure: every weight a line; with one row, what each unit is for it.

        See ``pellucid.inspect.views.network_figure`` for the options.
        """
        return _inspect("views").network_figure(self, x, **options)

    def watch(self, x: Any, y: Any = None, **options: Any) -> Any:
        """The network drawn in a notebook, for one row: pointed at, and changed by hand.

        It needs anywidget: ``pip install 'pellucid[notebook]'``. See
        ``pellucid.inspect.views.watch`` for the options.
        """
        return _inspect("views").watch(self, x, y, **options)

    def boundary(self, x: Any, y: Any = None, **options: Any) -> Any:
        """What it answers, or one unit gives, over two inputs: a figure.

        See ``pellucid.inspect.views.boundary`` for the options.
        """
        return _inspect("views").boundary(self, x, y, **options)

    def loss_surface(self, x: Any, y: Any = None, **options: Any) -> Any:
        """The loss around its parameters, along the gradient and a random direction: a figure.

        See ``pellucid.inspect.views.loss_surface_figure`` for the options.
        """
        return _inspect("views").loss_surface_figure(self, x, y, **options)

    def flow(self, x: Any, y: Any = None, **options: Any) -> Any:
        """How large activations and gradients are, layer by layer: a figure."""
        return _inspect("views").flow(self, x, y, **options)

    def feature_maps(self, x: Any, layer: str | None = None, **options: Any) -> Any:
        """What a layer makes of one picture, channel by channel: a figure."""
        return _inspect("views").feature_map_figure(self, x, layer, **options)

    def kernels(self, layer: str | None = None, **options: Any) -> Any:
        """The kernels of a convolution: a figure."""
        return _inspect("views").kernel_figure(self, layer, **options)

    def _shown(self) -> str:
        """What a notebook shows: the summary, and of a small network the diagram beside it."""
        return str(_inspect("views").beside_summary(self))

    def attribute(self, x: Any, method: str = "integrated_gradients", **options: Any) -> Any:
        """Share the answer for one row out among its columns or pixels.

        See ``pellucid.inspect.attribute``.
        """
        return _inspect("attribute").attribute(self, x, method, **options)

    def importance(self, x: Any, y: Any, **options: Any) -> Any:
        """What its answers depend on: columns by shuffling and by weights, or a map of pictures.

        See ``pellucid.inspect.side_by_side``.
        """
        return _inspect("side_by_side").importance(self, x, y, **options)


class LookingBack:
    """What a run can be asked about its steps.

    Attributes:
        rows: the places of the rows learned from in the data that ``fit`` was given.
        watching: the looks taken while it learned, with ``fit(health=True)``.
    """

    rows: Any = None
    watching: Any = None

    def at(self, step: int) -> Any:
        """The network as it was after so many steps. See ``pellucid.inspect.replay``."""
        return _inspect("replay").at(self, step)

    def branch(self, step: int, **settings: Any) -> Any:
        """Go on from a step with other settings, in a copy; gives a new run."""
        return _inspect("replay").branch(self, step, **settings)

    def trace(self, step: int) -> Any:
        """Every value of the step that was taken after ``step`` steps."""
        return _inspect("replay").trace_at(self, step)

    def compare(self, other: Any) -> Any:
        """What differs between this run (A) and another (B): settings, curves, the first step."""
        return _inspect("compare").compare_runs(self, other)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the learning curves."""
        return dict(_inspect("views").run_bundle(self))

    def watch(self, health: Any) -> None:
        """Look at the network while it learns; for a run that has not begun."""
        self.watching = _inspect("health").watch(self, health) if health else None

    def health(self, **options: Any) -> Any:
        """What is amiss with the training, why, and what to do. See ``pellucid.inspect.health``."""
        return _inspect("health").health(self, **options)

    def autopsy(self) -> Any:
        """Why a run that diverged did so. See ``pellucid.inspect.autopsy``."""
        return _inspect("autopsy").autopsy(self)


def _inspect(module: str) -> Any:
    return importlib.import_module(f"pellucid.inspect.{module}")

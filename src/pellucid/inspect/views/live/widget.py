"""The network in a notebook: looked into, and changed by hand.

anywidget is imported here alone, when a notebook asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from pellucid.errors import PellucidError
from pellucid.inspect.views.editing import check_edit
from pellucid.inspect.views.layers import layers_graph
from pellucid.inspect.views.live.drawn import Drawn, Surroundings
from pellucid.inspect.views.live.frozen import frozen
from pellucid.inspect.views.live.program import looks, program
from pellucid.models.network import Network
from pellucid.run.reference import ReferenceExecutor

RENDER = """
export default {
  render({ model, el }) {
    const edit = (parameter, place, value) => model.send({ parameter, place, value });
    const view = new PellucidNetwork(el, model.get("editable") ? { onEdit: edit } : {});
    const show = () => view.update(model.get("told"));
    model.on("change:told", show);
    show();
    return () => {
      model.off("change:told", show);
      view.destroy();
    };
  },
};
"""


class NetworkWidget(anywidget.AnyWidget):
    """A network for one row; ``Network.watch`` makes it.

    Attributes:
        network: what is drawn; edits by hand change it.
        error: what was wrong with the last edit, in words; empty where nothing was.
    """

    _esm = program("PellucidNetwork") + RENDER
    _css = looks()
    told = traitlets.Dict().tag(sync=True)
    editable = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self, network: Network, x: Any, y: Any = None, *, row: int = 0, names: Any = None,
        editable: bool = True,
    ) -> None:  # fmt: skip
        self.network, self.error = network, ""
        self._x, self._y = x, y
        executor = ReferenceExecutor()
        points = x if network.architecture.in_shape == (2,) else None
        self._drawn = Drawn(network, executor, Surroundings(points, names=names))
        self._program = executor.compile(layers_graph(network.architecture))
        super().__init__(editable=editable)
        self.choose(row)
        self.on_msg(self._heard)

    def choose(self, row: int) -> None:
        """Look at another row."""
        rows = slice(row, row + 1)
        y = None if self._y is None else self._y[rows]
        self._row = self._drawn.row(self._x[rows], y, str(row))
        self.refresh()

    def refresh(self) -> None:
        """Show the numbers that the network has now."""
        params, state = self.network._vectors()
        fixed = {"params": params, "state": state}
        given = self._program.run({"x": self._row.encoded, **fixed})
        plane = self._drawn.plane
        over = None if plane is None else self._program.run({"x": plane.encoded, **fixed})
        steps, parameters = self.network.steps_taken, self.network.parameters
        self.told = frozen(self._drawn.told(parameters, self._row, given, over, steps))

    def edit(self, parameter: str, place: tuple[int, ...], value: float) -> None:
        """Give a weight or bias of the network another value.

        Raises: ``UnknownNameError``, ``ParameterError``.
        """
        parameters = self.network.parameters
        check_edit(parameters, parameter, place, value)
        parameters[parameter][place] = value
        self.refresh()

    def _heard(self, _: Any, content: Any, __: Any) -> None:
        """An edit by hand."""
        if not self.editable or not isinstance(content, Mapping):
            return
        try:
            place = tuple(int(at) for at in content["place"])
            self.edit(str(content["parameter"]), place, float(content["value"]))
            self.error = ""
        except (PellucidError, KeyError, TypeError, ValueError) as wrong:
            self.error = str(wrong)

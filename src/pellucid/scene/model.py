"""Networks that were trained elsewhere: a scene that begins with one, parameters taken from one."""

from __future__ import annotations

from pathlib import Path

from pellucid.data.codec import Keep
from pellucid.errors import FileError, ParameterError
from pellucid.graph.primitive import Array
from pellucid.learn.plan import State
from pellucid.models.network import Network
from pellucid.nn.dense import Dense
from pellucid.scene.scene import Scene
from pellucid.scene.source import Source


def model_scene(file: str, network: Network, source: Source, history: str | None = None) -> Scene:
    """A scene that begins with a trained network.

    Parameters:
        file: what its file is called in the session's folder.
        source: samples like those that it learned from.
        history: what the file with its run's events is called there, if there is one.
    Raises: ``ParameterError`` for a network whose last layer is not dense: a scene has one there.
    """
    task, codec, _ = network._parts()
    *hidden, last = task.architecture.chain.layers
    if not isinstance(last, Dense):
        raise ParameterError(
            f"{file} ends with a layer of {type(last).__name__}; on a bench a network ends with a "
            "Dense layer. Look into it with pellucid inspect."
        )
    return Scene(
        source, tuple(hidden), last, task.loss, scale=not isinstance(codec, Keep),
        seed=network.seed, model=file, history=history,
    )  # fmt: skip


def begun(scene: Scene, path: Path, plain: Network) -> Network:
    """The network of a file, for the scene that names it; steps count from here.

    Parameters:
        plain: the scene's own network, with its limits.
    Raises: ``FileError``; ``ParameterError`` where the scene has other layers or another loss.
    """
    found = Network.load(path)
    task = found._parts()[0]
    if task.architecture.chain.layers != plain._layers or task.loss != scene.loss:
        raise ParameterError(
            f"The scene begins with {path.name}, and has other layers or another loss than that. "
            "Leave out the model to begin anew, or open the model again."
        )
    size, most = task.architecture.learned.size, plain.most_parameters
    if most is not None and size > most:
        raise FileError(
            f"{path.name} has {size:,} parameters; a bench takes {most:,} at most. Use it with "
            "pellucid predict."
        )
    found.seed, found.most_parameters = scene.seed, most
    found._state = State(found._reached().carried, 0, 0)
    return found


def parameters_of(network: Network, path: Path) -> tuple[Array, Array]:
    """The parameters and states in a model file, for a network of the same layers.

    Raises: ``FileError``; ``ParameterError`` for other layers.
    """
    found = Network.load(path)
    mine, its = network.architecture, found.architecture
    if (mine.chain.layers, mine.in_shape) != (its.chain.layers, its.in_shape):
        raise ParameterError(
            f"{path.name} has other layers than the network on the bench, so its parameters do "
            "not fit."
        )
    params, states = found._vectors()
    own = network._vectors()
    return params.astype(own[0].dtype), states.astype(own[1].dtype)

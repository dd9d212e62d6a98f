"""The network on the bench as a program in Python, with Pellucid: to read, to run, to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

import pellucid
from pellucid.data.samples import names
from pellucid.scene.scene import Scene
from pellucid.scene.source import (
    IDX,
    ArrayFile,
    DrawnPictures,
    PictureFolder,
    Points,
    Sample,
    Source,
    TableFile,
)
from pellucid.studio.again import learned_again


def python_program(
    scene: Scene, layers: tuple[Any, ...], loss: Any, title: str, model: str, rows: int,
    labels: Mapping[int, Any] | None = None,
) -> str:  # fmt: skip
    """A program that makes the network, learns it, and answers with what was reached.

    Parameters:
        scene: with all that was done.
        layers: of the network as it was built: all sizes are in them.
        title: what it is, in a few words.
        model: the model file that lies beside the program.
        rows: how many were learned from.
        labels: what was made of the labels that were changed by hand, by row, in the type of y.
    """
    again = learned_again(scene, rows)
    rule = again.rule
    data, needed = _data(scene.source)
    if labels:
        given = [f"    y[{row!r}] = {label!r}" for row, label in labels.items()]
        data = [*data, "    y = y.copy()  # with the labels that were changed by hand", *given]
    data = [*data, "    return x, y"]
    imports = _imports([*layers, loss, rule], {"Network", *needed})
    network = [
        "    return Network(", "        [",
        *(f"            {layer!r}," for layer in layers),
        "        ],", f"        loss={loss!r}, scale_inputs={scene.scale!r}, seed={scene.seed!r},",
        "    )",
    ]  # fmt: skip
    settings = [f"epochs={again.epochs!r}", f"rule={rule!r}"]
    settings += [f"batch={again.batch!r}"] if again.batch is not None else []
    settings += [f"validation={scene.validation!r}"] if scene.validation else []
    fit = "x, y, " if rule.loss is None else "x, "
    return "\n".join([
        f'"""{_safe(title)}: a network from the studio of Pellucid.', "",
        f"    python {Path(model).stem}.py            what it answers, as it was in the studio",
        f"    python {Path(model).stem}.py learn      another one, learned from the start",
        "", "It needs Pellucid, and the files that came with it.", '"""', "",
        "import sys", "from pathlib import Path", "", *imports, "",
        "HERE = Path(__file__).parent", "", "",
        "def load_data():", '    """Inputs, and what is right for each."""', *data, "", "",
        "def make_network():", '    """The network before its first step."""', *network, "", "",
        "def learn():", '    """Learn it from the start.', "",
        *(f"    {line}" for line in wrap(again.words, 90)), '    """', "    x, y = load_data()",
        "    network = make_network()",
        f"    run = network.fit({fit}{', '.join(settings)})",
        "    print(run.history.rows[-1])", "    return network", "", "",
        "def load_network():", '    """The network as it was in the studio."""',
        f"    return Network.load(HERE / {model!r})", "", "",
        'if __name__ == "__main__":',
        '    network = learn() if sys.argv[1:] == ["learn"] else load_network()',
        "    x, y = load_data()", "    answers = network.predict(x)",
        "    for answer, right in list(zip(answers, y))[:20]:",
        '        print(f"answer {answer}   right {right}")', "",
    ])  # fmt: skip


def _safe(title: str) -> str:
    """A text that cannot end the string it stands in."""
    return "".join(letter for letter in title if letter.isprintable() and letter not in '"\\')


def _data(source: Source) -> tuple[list[str], set[str]]:
    """Lines that give x and y, and what they need of Pellucid."""
    match source:
        case Sample(name=name) if name in names():
            if name in IDX:
                return [f"    x, y = data.load({name!r}, HERE / {name!r})"], {"data"}
            return [f"    x, y = data.load({name!r})"], {"data"}
        case TableFile(file=file, target=target, kind=kind):
            kinds = "" if kind is None else f", kind={kind!r}"
            return [
                f"    found = data.open_data(HERE / {file!r}, target={target!r}{kinds})",
                "    x, y = found.x, found.y",
            ], {"data"}
        case ArrayFile(file=name) | PictureFolder(folder=name):
            return [
                f"    found = data.open_data(HERE / {name!r})",
                "    x, y = found.x, found.y",
            ], {"data"}
        case Points():
            return _points(source), {"numpy"}
        case DrawnPictures(name=name, count=count, size=size, seed=seed):
            return [
                "    from pellucid.data.pictures.drawn import drawn_pictures",
                "",
                f"    found = drawn_pictures({name!r}, {count!r}, {size!r}, {seed!r})",
                "    x, y = found.x, found.y",
            ], set()
    raise AssertionError(source)


def _points(points: Points) -> list[str]:
    rows = [f"        {tuple(row)!r}," for row in points.rows]
    made = ["    rows = numpy.array([", *rows, "    ], float)"]
    if not points.classes:
        return [*made, "    x, y = rows[:, :-1], rows[:, -1]"]
    return [
        *made, f"    classes = numpy.array({list(points.classes)!r})",
        "    x, y = rows[:, :-1], classes[rows[:, -1].astype(int)]",
    ]  # fmt: skip


def _imports(values: list[Any], needed: set[str]) -> list[str]:
    """Import lines for all classes that are written in values."""
    found: dict[str, set[str]] = {}
    for name in sorted(needed - {"numpy"}):
        found.setdefault("pellucid", set()).add(name)
    classes = {cls for value in values for cls in _classes(value)}
    for cls in sorted(classes, key=lambda cls: cls.__name__):
        top = getattr(pellucid, cls.__name__, None) is cls
        found.setdefault("pellucid" if top else cls.__module__, set()).add(cls.__name__)
    lines = ["import numpy", ""] if "numpy" in needed else []
    told = {module: ", ".join(sorted(names)) for module, names in sorted(found.items())}
    return lines + [f"from {module} import {names}" for module, names in told.items()]


def _classes(value: Any) -> set[type[Any]]:
    """The classes that the text of a value names: those of its fields that are not left out."""
    if isinstance(value, list | tuple):
        return {cls for item in value for cls in _classes(item)}
    if not is_dataclass(value) or isinstance(value, type):
        return set()
    inside = {cls for field in fields(value) for cls in _classes(getattr(value, field.name))}
    text = repr(value)
    return {type(value)} | {cls for cls in inside if f"{cls.__name__}(" in text}

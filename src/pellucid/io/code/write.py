"""From a deployment to the text of a file."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from textwrap import wrap

from pellucid._version import __version__
from pellucid.errors import unknown_name
from pellucid.graph.types import resolve
from pellucid.io.code.c import C
from pellucid.io.code.c import frame as c_frame
from pellucid.io.code.expression import ATOM
from pellucid.io.code.javascript import JAVASCRIPT
from pellucid.io.code.javascript import frame as javascript_frame
from pellucid.io.code.language import Language, readable
from pellucid.io.code.lower import Lowering
from pellucid.io.code.operations import KNOWN
from pellucid.io.code.program import Program
from pellucid.io.code.python import PYTHON
from pellucid.io.code.python import frame as python_frame
from pellucid.io.deployment import ANSWER, PLACE, Deployment, check_known, settled

LANGUAGES: Mapping[str, tuple[Language, Callable[[Program], str]]] = {
    "python": (PYTHON, python_frame),
    "c": (C, c_frame),
    "javascript": (JAVASCRIPT, javascript_frame),
}
ANSWERS = {
    "chances": "predict gives the label of the class, predict_proba the chance of each class: ",
    "scores": "predict gives the label of the class, scores the score of each class: ",
    "labels": "predict gives the labels whose chance is above one half, predict_proba the "
    "chance of each label: ",
    "values": "predict gives ",
}


def to_code(deployment: Deployment, language: str) -> str:
    """The text of a program that predicts.

    Raises: ``UnknownNameError`` for another language; ``ExportError`` for operations that are not
        written in code.
    """
    if language not in LANGUAGES:
        raise unknown_name("language", language, LANGUAGES)
    chosen, frame = LANGUAGES[language]
    several = deployment.kind == "labels"
    deployment = settled(deployment.part(*([ANSWER] if several else [ANSWER, PLACE])))
    check_known(deployment, KNOWN, "code")
    lowering = Lowering(deployment, chosen)
    place = lowering.body()
    lines = tuple(lowering.writer.lines)
    answer = deployment.graph.output(ANSWER).shape
    return frame(
        Program(
            about=_about(deployment),
            inputs=math.prod(deployment.row_shape),
            outputs=math.prod(resolve(answer, 1)),
            single=len(answer) == 1,
            labels=deployment.labels,
            all="scores" if deployment.kind == "scores" else "predict_proba",
            helpers=tuple(_helpers(chosen, "\n".join([*lines, str(place)]))),
            tables=lowering.tables,
            lines=lines,
            place=place.within(ATOM) if place else "",
            fields=deployment.fields,
            several=several,
        )
    )


def _helpers(language: Language, text: str) -> list[str]:
    """The helper functions that a text calls, and those that they call, each before its callers."""
    found: list[str] = []
    for name, source in language.helpers.items():
        if re.search(rf"(?<![\w.]){name}\(", text):
            inner = source.split("\n", 1)[1] if source.startswith("def") else source
            inner = re.sub(rf"(?<!\w){name}\(", "", inner)
            found += [each for each in (*_helpers(language, inner), source) if each not in found]
    return found


def _about(deployment: Deployment) -> tuple[str, ...]:
    """What the program is: its rows, its answer and its layers."""
    size = " x ".join(map(str, deployment.row_shape)) or "1"
    if deployment.is_named:
        kinds = [
            f"{each.name} ({'text' if each.texts else 'number'})" for each in deployment.fields
        ]
        rows = f"A row has {size} columns: {', '.join(kinds)}."
    elif deployment.columns:
        rows = f"A row has {size} numbers, in this order: {', '.join(deployment.columns)}."
    else:
        along = ", the last axis side by side" if len(deployment.row_shape) > 1 else ""
        rows = f"A row has {size} numbers{along}."
    answer = ANSWERS[deployment.kind]
    if deployment.labels:
        answer += f"{', '.join(map(str, deployment.labels))}."
        if deployment.threshold is not None:
            answer += f" It is {deployment.labels[1]} above a chance of {deployment.threshold:.6g}."
    elif deployment.levels:
        answer += f"the quantiles {', '.join(f'{level:g}' for level in deployment.levels)}."
    else:
        shape = resolve(deployment.graph.output(ANSWER).shape, 1)[1:]
        count = " x ".join(map(str, shape))
        answer += f"{count} numbers." if count else "a number."
    texts = [f"{deployment.name}: a neural network, written by Pellucid {__version__}."]
    texts += [rows, answer]
    plain = [readable(text, len(text)).replace('"""', "'''") for text in texts]
    return tuple(line for text in plain for line in wrap(text, 90))

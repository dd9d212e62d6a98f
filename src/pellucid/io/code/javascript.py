"""JavaScript: an ES module without imports, for browsers and Node."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from pellucid.io.code.expression import Expression
from pellucid.io.code.language import Language, folded
from pellucid.io.code.program import Program
from pellucid.io.code.rows import javascript_rows

HELPERS = {
    "sigmoid": """\
// 1 / (1 + e^-x), from e^-|x|, which never overflows.
function sigmoid(x) {
    const decay = Math.exp(-Math.abs(x));
    return (x >= 0 ? 1 : decay) / (1 + decay);
}
""",
    "erf": """\
// The error function, as the sum of a series whose terms are of one sign.
function erf(x) {
    if (!(Math.abs(x) < 6)) return Math.sign(x);
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
        term *= 2 * x * x / (2 * n + 1);
        sum += term;
    }
    return sum * 1.1283791670955126 * Math.exp(-x * x);
}
""",
    "power": """\
// a to the power b as in C: 1 to any power is 1.
function power(a, b) {
    return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
}
""",
    "table_row": """\
// The number of a table's row.
function table_row(value, size) {
    if (!(value >= 0 && value < size && Number.isInteger(value))) {
        throw new RangeError(`expected a whole number from 0 to ${size - 1}, got ${value}`);
    }
    return value;
}
""",
}

KEYWORDS = """
    arguments async await break case catch class const continue debugger default delete do else enum
    eval export extends false finally for function if implements import in instanceof interface let
    new null package private protected public return static super switch this throw true try typeof
    undefined var void while with yield Math Infinity NaN Number Array Float32Array Float64Array
    RangeError sigmoid erf power table_row run checked predict predict_proba scores labels
    inputs term sum decay columns places missing number placeOf Map Set Object undefined
"""


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _single(value: Any) -> str:
    """A number of single precision, by the shortest text that comes back as it."""
    text = str(value)
    return text if np.float32(float(text)) == value else repr(float(value))


def _table(name: str, array: Any) -> str:
    single = array.dtype == np.float32
    flat = array.reshape(-1)
    values = [_single(value) for value in flat] if single else [_number(float(v)) for v in flat]
    kind = "Float32Array" if single else "Float64Array"
    return f"const {name} = new {kind}([\n{folded(values)}\n]);"


JAVASCRIPT = Language(
    name="javascript",
    loop="for (let {0} = 0; {0} < {1}; {0}++) {{",
    condition="if ({}) {{",
    end="}",
    declare="let {} = {};",
    whole="const {} = {};",
    assign="{} = {};",
    array="const {} = new Float64Array({});",
    both="{} && {}",
    choice="{} ? {} : {}".format,
    quotient="Math.floor({} / {})",
    lookup=lambda place, element: Expression(element),
    functions={
        **{name: f"Math.{name}" for name in ("exp", "log", "log1p", "sqrt", "tanh", "abs", "sign")},
        **{name: name for name in HELPERS},
        "maximum": "Math.max", "minimum": "Math.min", "truncate": "Math.trunc",
    },
    helpers=HELPERS,
    reserved=frozenset(KEYWORDS.split()),
    number=_number,
    table=_table,
    comment="// {}".format,
)  # fmt: skip

CHECKED = """\
// A row as it must be: so many finite numbers.
function checked(row) {
    if (row.length !== inputs) {
        throw new RangeError(`expected ${inputs} numbers, got ${row.length}`);
    }
    const x = Float64Array.from(row);
    if (!x.every(Number.isFinite)) {
        throw new RangeError("a number of the row is missing or not finite");
    }
    return x;
}"""


def _label(label: Any) -> str:
    if isinstance(label, int) and not isinstance(label, bool) and abs(label) > 2**53:
        return f"{label}n"
    return _number(label) if isinstance(label, float) else json.dumps(label)


def _usage(program: Program) -> list[str]:
    if program.is_named:
        return ["A row is an object by the columns' names. null, NaN and texts such as '' or 'NA'",
                "stand for a missing value; a wrong row throws a RangeError."]  # fmt: skip
    if program.fields:
        return ["A row is an array of numbers, null or NaN for a missing one; a wrong row throws a",
                "RangeError."]  # fmt: skip
    return ["A row is an array of numbers; a wrong one throws a RangeError."]


def frame(program: Program) -> str:
    """The whole module."""
    uses = [f"{call}(row)" for call in ("predict", *([program.all] if program.labels else []))]
    about = [*program.about, "", f'import {{ {", ".join(uses)} }} from "./NAME.js";'.replace(
        "(row)", ""), *_usage(program)]  # fmt: skip
    parts = ["\n".join(f"// {line}".rstrip() for line in about)]
    parts.append(f"export const inputs = {program.inputs};")
    if program.labels:
        labels = [_label(label) for label in program.labels]
        parts.append(f"export const labels = [\n{folded(labels)}\n];")
    parts += [each.rstrip() for each in program.helpers]
    parts += [_table(name, array) for name, array in program.tables.items()]
    first = f"    const answer = new Float64Array({program.outputs});"
    end = f"    return [answer, {program.place}];" if program.is_class else "    return answer;"
    parts.append("\n".join(["function run(x) {", first, *program.lines, end, "}"]))
    parts += javascript_rows(program) if program.fields else [CHECKED]
    if program.several:
        parts += [
            "export function predict_proba(row) {\n    return Array.from(run(checked(row)));\n}",
            "export function predict(row) {\n"
            "    const chances = run(checked(row));\n"
            "    return labels.filter((_, k) => chances[k] > 0.5);\n}",
        ]
    elif program.labels:
        parts += [
            f"export function {program.all}(row) {{\n"
            "    return Array.from(run(checked(row))[0]);\n}",
            "export function predict(row) {\n    return labels[run(checked(row))[1]];\n}",
        ]
    else:
        answer = "run(checked(row))[0]" if program.single else "Array.from(run(checked(row)))"
        parts.append(f"export function predict(row) {{\n    return {answer};\n}}")
    return "\n\n".join(parts) + "\n"

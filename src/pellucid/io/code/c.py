"""C99: one file, no allocation, nothing needed but math.h."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.data.columns.cells import MISSING
from pellucid.io.code.expression import CHOICE, Expression
from pellucid.io.code.language import Language, folded, readable
from pellucid.io.code.program import Program
from pellucid.io.code.rows import c_rows, c_struct

HELPERS = {
    "sigmoid": """\
/* 1 / (1 + e^-x), from e^-|x|, which never overflows. */
static double sigmoid(double x) {
    const double decay = exp(-fabs(x));
    return (x >= 0.0 ? 1.0 : decay) / (1.0 + decay);
}
""",
    "sign": """\
static double sign(double x) {
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
}
""",
    "maximum": """\
/* The larger number; NaN if either is. */
static double maximum(double a, double b) {
    return a > b || a != a ? a : b;
}
""",
    "minimum": """\
/* The smaller number; NaN if either is. */
static double minimum(double a, double b) {
    return a < b || a != a ? a : b;
}
""",
    "table_row": """\
/* The number of a table's row, or -1 where there is none of that number. */
static int table_row(double value, int size) {
    return value >= 0.0 && value < size && value == floor(value) ? (int)value : -1;
}
""",
}

KEYWORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while main exp log log1p sqrt tanh erf pow fabs trunc floor sigmoid sign
    maximum minimum table_row run is_number predict predict_proba scores INPUTS OUTPUTS CLASSES
    LABELS NAN INFINITY SCRATCH NULL MISSING MISSING_TEXTS read_row run_row place_of is_text strlen
    memcmp strspn strchr
"""


def _number(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return repr(value)


def _table(name: str, array: Any) -> str:
    kind = "float" if array.dtype == np.float32 else "double"
    if kind == "float":
        values = [f"{value!s}f" for value in array.reshape(-1)]
    else:
        values = [_number(float(value)) for value in array.reshape(-1)]
    return f"static const {kind} {name}[{len(values)}] = {{\n{folded(values)}\n}};"


C = Language(
    name="c",
    loop="for (int {0} = 0; {0} < {1}; {0}++) {{",
    condition="if ({}) {{",
    end="}",
    declare="double {} = {};",
    whole="const int {} = {};",
    assign="{} = {};",
    array="SCRATCH double {}[{}];",
    both="{} && {}",
    choice="{} ? {} : {}".format,
    quotient="{} / {}",
    lookup=lambda place, element: Expression(f"{place} < 0 ? NAN : {element}", CHOICE),
    functions={
        **{name: name for name in ("exp", "log", "log1p", "sqrt", "tanh", "erf")},
        **{name: name for name in HELPERS},
        "power": "pow", "abs": "fabs", "truncate": "trunc",
    },
    helpers=HELPERS,
    reserved=frozenset(KEYWORDS.split()),
    number=_number,
    table=_table,
    comment="/* {} */".format,
)  # fmt: skip


def _text(text: str) -> str:
    """A string literal: plain characters, all others as bytes of UTF-8 in octal."""
    parts = []
    for byte in text.encode():
        plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
        parts.append(chr(byte) if plain else f"\\{byte:03o}")
    return f'"{"".join(parts)}"'


def _whole(value: int) -> str:
    if value >= 2**63:
        return f"{value}ULL"
    return f"{value}LL" if value > -(2**63) else f"({value + 1}LL - 1)"


def _labels(labels: tuple[Any, ...]) -> tuple[str, list[str]]:
    """The type of labels, and each as a literal."""
    first = labels[0]
    if isinstance(first, str):
        return "const char *", [_text(label) for label in labels]
    if isinstance(first, bool):
        return "int ", [str(int(label)) for label in labels]
    if isinstance(first, int):
        kind = "unsigned long long " if max(labels) >= 2**63 else "long long "
        return kind, [_whole(label) for label in labels]
    return "double ", [_number(float(label)) for label in labels]


def frame(program: Program) -> str:
    """The whole file."""
    about = [f" * {line}".rstrip() for line in [*program.about, "", *_usage(program)]]
    parts = [
        "\n".join(["/*", *about, " */"]),
        "#include <math.h>" + ("\n#include <string.h>" if program.is_named else ""),
        "/* Room for the layers' numbers. It is static, so one call at a time; compile with\n"
        "   -DSCRATCH= to have it on the stack, where threads can call at once. */\n"
        "#ifndef SCRATCH\n#define SCRATCH static\n#endif",
        _sizes(program),
    ]
    if program.labels:
        kind, labels = _labels(program.labels)
        kind = "char *const " if kind.endswith("*") else kind
        own = "" if program.several else "static "
        parts.append(f"{own}const {kind}LABELS[CLASSES] = {{\n{folded(labels)}\n}};")
    parts += [each.rstrip() for each in program.helpers]
    parts += [_table(name, array) for name, array in program.tables.items()]
    kind = "int" if program.is_class else "void"
    end = [f"    return (int){program.place};"] if program.is_class else []
    head = f"static {kind} run(const double x[INPUTS], double answer[OUTPUTS]) {{"
    parts.append("\n".join([head, *program.lines, *end, "}"]))
    if program.is_named:
        parts += _named(program, kind)
    parts += _calls(program)
    return "\n\n".join(parts) + "\n"


def _sizes(program: Program) -> str:
    classes = f", CLASSES = {len(program.labels)}" if program.labels else ""
    return f"enum {{ INPUTS = {program.inputs}, OUTPUTS = {program.outputs}{classes} }};"


def _usage(program: Program) -> list[str]:
    row = "const struct row *row" if program.is_named else f"const double x[{program.inputs}]"
    if program.several:
        calls = [
            f"int predict({row}, int present[{program.outputs}]);   1 for each of LABELS it has",
            f"int predict_proba({row}, double answer[{program.outputs}]);",
        ]
    elif not program.labels:
        calls = [f"int predict({row}, double value[{program.outputs}]);"]
    else:
        calls = [
            f"int predict({row}, {_labels(program.labels)[0]}*label);",
            f"int {program.all}({row}, double answer[{program.outputs}]);",
        ]
    return [
        *calls,
        *(_OF_TABLE if program.fields else _OF_ARRAY),
    ]


_OF_ARRAY = [
    "A call returns 0, or -1 where the answer is no number: x holds NaN, or a number that",
    "names no row of a table.",
]
_OF_TABLE = [
    'NaN stands for a missing number, NULL or a text such as "" or "NA" for a missing text. A',
    "call returns 0, or -1 where the answer is no number.",
]


def _named(program: Program, kind: str) -> list[str]:
    """The struct of a row, and the function that takes one."""
    texts = {field.name: [_text(text) for text in field.texts] for field in program.fields}
    comments = [readable(field.name) for field in program.fields]
    back = "return " if program.is_class else ""
    run = (
        f"static {kind} run_row(const struct row *row, double answer[OUTPUTS]) {{\n"
        f"    double x[INPUTS];\n    read_row(row, x);\n    {back}run(x, answer);\n}}"
    )
    known = c_rows(program, texts, [_text(text) for text in MISSING])
    return [
        f"/* A row: copy this to where you call. */\n{c_struct(program, comments)}",
        *known,
        run,
    ]


def _calls(program: Program) -> list[str]:
    check = (
        "static int is_number(const double *answer) {\n"
        "    for (int i = 0; i < OUTPUTS; i++) {\n"
        "        if (answer[i] != answer[i]) return 0;\n"
        "    }\n    return 1;\n}"
    )
    row, run = "const double x[INPUTS]", "run(x"
    if program.is_named:
        row, run = "const struct row *row", "run_row(row"
    if program.several:
        return [
            check,
            f"int predict_proba({row}, double answer[OUTPUTS]) {{\n"
            f"    {run}, answer);\n    return is_number(answer) ? 0 : -1;\n}}",
            f"int predict({row}, int present[OUTPUTS]) {{\n"
            f"    double answer[OUTPUTS];\n    {run}, answer);\n"
            "    if (!is_number(answer)) return -1;\n"
            "    for (int i = 0; i < OUTPUTS; i++) present[i] = answer[i] > 0.5;\n    return 0;\n}",
        ]
    if not program.labels:
        return [check, (
            f"int predict({row}, double value[OUTPUTS]) {{\n"
            f"    {run}, value);\n    return is_number(value) ? 0 : -1;\n}}"
        )]  # fmt: skip
    kind = _labels(program.labels)[0]
    return [
        check,
        f"int {program.all}({row}, double answer[OUTPUTS]) {{\n"
        f"    (void){run}, answer);\n    return is_number(answer) ? 0 : -1;\n}}",
        f"int predict({row}, {kind}*label) {{\n"
        f"    double answer[OUTPUTS];\n    const int place = {run}, answer);\n"
        "    if (!is_number(answer)) return -1;\n    *label = LABELS[place];\n    return 0;\n}",
    ]

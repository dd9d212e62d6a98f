"""How a program reads a row of a table: by position where all columns are numbers, else by name.

Either way the row becomes an array of numbers, as the graph has it: a text becomes its place among
the known ones (0 for another), and what is missing NaN.
"""

from __future__ import annotations

import json
import re

from pellucid.data.columns.cells import MISSING
from pellucid.io.code.language import folded, identifier
from pellucid.io.code.program import Program
from pellucid.io.deployment import Field

# --- Python

PYTHON_NUMBER = '''\
def number(value):
    """A number, 1 for true and 0 for false; NaN where nothing is."""
    if value is None:
        return NAN
    if isinstance(value, str):
        text = value.strip()
        value = NAN if text in MISSING else {"true": 1, "false": 0}.get(text.lower(), text)
    return float(value)
'''
PYTHON_NUMBERS = '''\
def checked(row):
    """A row as it must be: so many numbers, None or NaN for a missing one."""
    x = [number(value) for value in row]
    if len(x) != INPUTS:
        raise ValueError(f"expected {INPUTS} numbers, got {len(x)}")
    return x
'''
PYTHON_NAMED = '''\
def place_of(column, value):
    """The place of a text among the known ones, from 1; 0 for another, NaN where nothing is."""
    if value is None or value != value:
        return NAN
    if not isinstance(value, str):
        raise ValueError(f"expected a text for {column}, got {value!r}")
    text = value.strip()
    return NAN if text in MISSING else PLACES[column].get(text, 0.0)


def checked(row):
    """A row as it must be: a dict with a value, None or NaN for each column."""
    lacking = [column for column in COLUMNS if column not in row]
    if lacking:
        raise ValueError(f"the row lacks {', '.join(lacking)}")
    return [
        number(row[column]) if texts is None else place_of(column, row[column])
        for column, texts in COLUMNS.items()
    ]
'''
PLACES = """\
PLACES = {
    column: {text: float(place) for place, text in enumerate(texts, 1)}
    for column, texts in COLUMNS.items() if texts is not None
}"""


def python_rows(program: Program) -> str:
    """What stands for ``checked`` in Python."""
    parts = [f"MISSING = {{\n{folded([ascii(text) for text in MISSING])}\n}}"]
    if program.is_named:
        columns = [f"    {field.name!a}: {_python_texts(field)}," for field in program.fields]
        parts += ["\n".join(["COLUMNS = {", *columns, "}"]), PLACES]
    last = PYTHON_NAMED if program.is_named else PYTHON_NUMBERS
    return "\n".join(parts) + f"\n\n\n{PYTHON_NUMBER}\n\n{last}"


def _python_texts(field: Field) -> str:
    if not field.texts:
        return "None"
    return f"[\n{folded([ascii(text) for text in field.texts], ' ' * 8)}\n    ]"


# --- JavaScript

JAVASCRIPT_NUMBER = """\
// A number, 1 for true and 0 for false; NaN where nothing is.
function number(value) {
    if (value === null || value === undefined) return NaN;
    if (typeof value === "number" || typeof value === "boolean") return Number(value);
    const text = String(value).trim();
    if (missing.has(text)) return NaN;
    if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true" ? 1 : 0;
    const found = typeof value === "string" ? Number(text) : NaN;
    if (Number.isNaN(found)) throw new RangeError(`expected a number, got ${value}`);
    return found;
}"""
JAVASCRIPT_NUMBERS = """\
// A row as it must be: so many numbers, null or NaN for a missing one.
function checked(row) {
    if (row.length !== inputs) {
        throw new RangeError(`expected ${inputs} numbers, got ${row.length}`);
    }
    return Float64Array.from(row, number);
}"""
JAVASCRIPT_NAMED = """\
// The place of a text among the known ones, from 1; 0 for another, NaN where nothing is.
function placeOf(value, column, known) {
    if (value === null || value === undefined || value !== value) return NaN;
    if (typeof value !== "string") {
        throw new RangeError(`expected a text for ${column}, got ${value}`);
    }
    const text = value.trim();
    return missing.has(text) ? NaN : known.get(text) ?? 0;
}

// A row as it must be: an object with a value, null or NaN for each column.
function checked(row) {
    const lacking = columns.filter(([column]) => !Object.hasOwn(row, column));
    if (lacking.length) {
        throw new RangeError(`the row lacks ${lacking.map(([column]) => column).join(", ")}`);
    }
    return Float64Array.from(columns, ([column], k) =>
        places[k] ? placeOf(row[column], column, places[k]) : number(row[column]));
}"""
JAVASCRIPT_PLACES = """\
const places = columns.map(
    ([, known]) => known && new Map(known.map((text, k) => [text, k + 1])));"""


def javascript_rows(program: Program) -> list[str]:
    """What stands for ``checked`` in JavaScript."""
    parts = [f"const missing = new Set([\n{folded([json.dumps(text) for text in MISSING])}\n]);"]
    if program.is_named:
        columns = [
            f"    [{json.dumps(field.name)}, {_javascript_texts(field)}],"
            for field in program.fields
        ]
        parts += ["\n".join(["const columns = [", *columns, "];"]), JAVASCRIPT_PLACES]
    last = JAVASCRIPT_NAMED if program.is_named else JAVASCRIPT_NUMBERS
    return [*parts, JAVASCRIPT_NUMBER, last]


def _javascript_texts(field: Field) -> str:
    if not field.texts:
        return "null"
    return f"[\n{folded([json.dumps(text) for text in field.texts], ' ' * 8)}\n    ]"


# --- C

C_PLACE = """\
static int is_text(const char *text, size_t length, const char *known) {
    return strlen(known) == length && memcmp(text, known, length) == 0;
}

/* The place of a text among the known ones, from 1; 0 for another, NAN where nothing is. */
static double place_of(const char *text, const char *const known[], int count) {
    if (text == NULL) return NAN;
    text += strspn(text, " \\t\\r\\n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \\t\\r\\n", text[length - 1]) != NULL) length--;
    for (int i = 0; i < MISSING_TEXTS; i++) {
        if (is_text(text, length, MISSING[i])) return NAN;
    }
    for (int i = 0; i < count; i++) {
        if (is_text(text, length, known[i])) return i + 1;
    }
    return 0;
}"""
C_WORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while NULL NAN INFINITY SCRATCH HUGE_VAL EOF errno stdin stdout stderr
    assert complex I bool true false linux unix
"""


def c_members(program: Program) -> list[str]:
    """A name for each column in the struct of a row."""
    taken, found = set(C_WORDS.split()), []
    for field in program.fields:
        plain = identifier(field.name)
        if not re.match(r"[A-Za-z]", field.name):
            plain = "column_" + plain.removeprefix("layer_")
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name)
        found.append(name)
    return found


def c_struct(program: Program, comments: list[str]) -> str:
    """The struct of a row, with the columns' own names as comments."""
    lines = []
    for field, name, comment in zip(program.fields, c_members(program), comments, strict=True):
        kind = "const char *" if field.texts else "double "
        lines.append(f"    {kind}{name}; /* {comment} */")
    return "\n".join(["struct row {", *lines, "};"])


def c_rows(program: Program, texts: dict[str, list[str]], missing: list[str]) -> list[str]:
    """What turns a struct of a row into numbers.

    Parameters:
        texts, missing: the known texts of each column, and those of nothing, as literals.
    """
    parts = [
        f"enum {{ MISSING_TEXTS = {len(missing)} }};",
        f"static const char *const MISSING[MISSING_TEXTS] = {{\n{folded(missing)}\n}};",
        C_PLACE,
    ]
    lines = []
    for place, (field, name) in enumerate(zip(program.fields, c_members(program), strict=True)):
        value = f"row->{name}"
        if field.texts:
            known, count = f"KNOWN_{place}", len(field.texts)
            parts.append(
                f"static const char *const {known}[{count}] = {{\n{folded(texts[field.name])}\n}};"
            )
            value = f"place_of({value}, {known}, {count})"
        lines.append(f"    x[{place}] = {value};")
    head = "static void read_row(const struct row *row, double x[INPUTS]) {"
    return [*parts, "\n".join([head, *lines, "}"])]

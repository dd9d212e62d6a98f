"""Plain Python: one module that imports nothing, for any Python 3."""

from __future__ import annotations

import builtins
import keyword
import math
from typing import Any

from pellucid.io.code.expression import Expression
from pellucid.io.code.language import Language, folded
from pellucid.io.code.program import Program
from pellucid.io.code.rows import python_rows

HELPERS = {
    "exp": '''\
def exp(x):
    """e to the power x."""
    try:
        return 2.718281828459045 ** x
    except OverflowError:
        return INFINITY
''',
    "log": '''\
def log(x):
    """The natural logarithm: of the power of 2 in x, and of the rest by a series."""
    if x != x or x == INFINITY:
        return x
    if x <= 0.0:
        return NAN if x < 0.0 else -INFINITY
    power_of_2 = 0
    while x > 1.5:
        x, power_of_2 = x / 2.0, power_of_2 + 1
    while x < 0.75:
        x, power_of_2 = x * 2.0, power_of_2 - 1
    term = (x - 1.0) / (x + 1.0)
    square, n, series = term * term, 1, 0.0
    while abs(term) / n > 1e-18:
        series, term, n = series + term / n, term * square, n + 2
    return power_of_2 * 0.6931471805599453 + 2.0 * series
''',
    "log1p": '''\
def log1p(x):
    """ln(1 + x), also where x is too small to change 1."""
    above = 1.0 + x
    return x if above == 1.0 or x == INFINITY else log(above) * (x / (above - 1.0))
''',
    "sqrt": '''\
def sqrt(x):
    """The square root; NaN of a negative number."""
    return NAN if x < 0.0 else x ** 0.5
''',
    "tanh": '''\
def tanh(x):
    """The hyperbolic tangent; by its series where x is small."""
    if abs(x) < 0.01:
        square = x * x
        return x * (1.0 - square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * 17.0 / 315.0)))
    decay = exp(-2.0 * abs(x))
    size = (1.0 - decay) / (1.0 + decay)
    return size if x >= 0.0 else -size
''',
    "sigmoid": '''\
def sigmoid(x):
    """1 / (1 + e^-x), from e^-|x|, which never overflows."""
    decay = exp(-abs(x))
    return (1.0 if x >= 0.0 else decay) / (1.0 + decay)
''',
    "erf": '''\
def erf(x):
    """The error function, as the sum of a series whose terms are of one sign."""
    if not abs(x) < 6.0:
        return sign(x)
    term, series, n = x, x, 1
    while abs(term) > 1e-17 * abs(series):
        term = term * (2.0 * x * x / (2 * n + 1))
        series, n = series + term, n + 1
    return series * 1.1283791670955126 * exp(-x * x)
''',
    "power": '''\
def power(a, b):
    """a to the power b; NaN where that is no real number."""
    if a == 1.0 or b == 0.0:
        return 1.0
    try:
        found = a ** b
    except ZeroDivisionError:
        return INFINITY
    except OverflowError:
        return -INFINITY if a < 0.0 and b % 2.0 == 1.0 else INFINITY
    return found if isinstance(found, float) else NAN
''',
    "ratio": '''\
def ratio(a, b):
    """a / b; infinity or NaN where b is 0."""
    return a / b if b != 0.0 else a * INFINITY
''',
    "sign": '''\
def sign(x):
    """-1, 0 or 1."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x
''',
    "maximum": '''\
def maximum(a, b):
    """The larger number; NaN if either is."""
    return a if a > b or a != a else b
''',
    "minimum": '''\
def minimum(a, b):
    """The smaller number; NaN if either is."""
    return a if a < b or a != a else b
''',
    "truncate": '''\
def truncate(x):
    """The number without its fraction."""
    return float(int(x)) if abs(x) < 9e15 else x
''',
    "table_row": '''\
def table_row(value, size):
    """The number of a table's row."""
    if not (0.0 <= value < size and value == int(value)):
        raise ValueError(f"expected a whole number from 0 to {size - 1}, got {value}")
    return int(value)
''',
}

OWN = """
    INFINITY NAN INPUTS OUTPUTS LABELS COLUMNS PLACES MISSING number place_of run checked predict
    predict_proba scores
"""


def _number(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return repr(value)


def _table(name: str, array: Any) -> str:
    values = [_number(float(value)) for value in array.reshape(-1)]
    return f"{name} = [\n{folded(values)}\n]"


PYTHON = Language(
    name="python",
    loop="for {0} in range({1}):",
    condition="if {}:",
    end="",
    declare="{} = {}",
    whole="{} = {}",
    assign="{} = {}",
    array="{} = [0.0] * {}",
    both="{} and {}",
    choice="{1} if {0} else {2}".format,
    quotient="{} // {}",
    lookup=lambda place, element: Expression(element),
    functions={**{name: name for name in HELPERS}, "abs": "abs"},
    helpers=HELPERS,
    reserved=frozenset((*keyword.kwlist, *dir(builtins), *OWN.split(), *HELPERS)),
    number=_number,
    table=_table,
    comment="# {}".format,
)

CHECKED = '''\
def checked(row):
    """A row as it must be: so many finite numbers."""
    x = [float(value) for value in row]
    if len(x) != INPUTS:
        raise ValueError(f"expected {INPUTS} numbers, got {len(x)}")
    if not all(abs(value) < INFINITY for value in x):
        raise ValueError("a number of the row is missing or not finite")
    return x
'''


def frame(program: Program) -> str:
    """The whole module."""
    about = "\n".join([*program.about, "", *_usage(program)])
    parts = [f'"""{about}\n"""']
    sizes = [f"INPUTS = {program.inputs}", f"OUTPUTS = {program.outputs}"]
    if program.labels:
        labels = folded([ascii(label) for label in program.labels])
        sizes.append(f"LABELS = [\n{labels}\n]")
    parts.append("\n".join([*sizes, 'INFINITY = float("inf")', 'NAN = float("nan")']))
    parts += [f"\n{each.rstrip()}" for each in program.helpers]
    if program.tables:
        tables = [_table(name, array) for name, array in program.tables.items()]
        parts.append("\n" + "\n".join(tables))
    end = f"    return answer, int({program.place})" if program.is_class else "    return answer"
    first = '    """All layers, for one row."""\n    answer = [0.0] * OUTPUTS'
    parts += ["\n" + "\n".join(["def run(x):", first, *program.lines, end])]
    checked = python_rows(program) if program.fields else CHECKED
    parts.append(f"\n{checked.rstrip()}")
    return "\n\n".join([*parts, *_calls(program)]) + "\n"


def _usage(program: Program) -> list[str]:
    if program.is_named:
        return ["A row is a dict by the columns' names. None, NaN and texts such as '' or 'NA'",
                "stand for a missing value; a wrong row raises a ValueError."]  # fmt: skip
    if program.fields:
        return ["A row is a list of numbers, None or NaN for a missing one; a wrong row raises a",
                "ValueError."]  # fmt: skip
    return ["A row is a list of numbers; a wrong one raises a ValueError."]


def _calls(program: Program) -> list[str]:
    if program.several:
        return [
            "\ndef predict_proba(row):\n"
            '    """The chance of each label, in the order of LABELS."""\n'
            "    return run(checked(row))",
            '\ndef predict(row):\n    """The labels whose chance is above one half."""\n'
            "    chances = run(checked(row))\n"
            "    return [label for label, chance in zip(LABELS, chances) if chance > 0.5]",
        ]
    if program.labels:
        what = "The chance" if program.all == "predict_proba" else "The score"
        return [
            f'\ndef {program.all}(row):\n    """{what} of each class, in the order of LABELS."""\n'
            "    return run(checked(row))[0]",
            '\ndef predict(row):\n    """The label of the class."""\n'
            "    return LABELS[run(checked(row))[1]]",
        ]
    answer = "run(checked(row))[0]" if program.single else "run(checked(row))"
    return [f'\ndef predict(row):\n    """The answer, in its own units."""\n    return {answer}']

"""Programs that the tests of exported code run: gcc and node, and where they must be there."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Array = NDArray[Any]
ENDS = {"c": "c", "javascript": "mjs", "python": "py"}
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror"]


def needed(program: str) -> str:
    """The program's path; without it the test is skipped, or fails where it has to be there.

    ``scripts/test`` sets PELLUCID_REQUIRE_PROGRAMS once it has seen to gcc and node.
    """
    path = shutil.which(program)
    if path is not None:
        return path
    if os.environ.get("PELLUCID_REQUIRE_PROGRAMS"):
        pytest.fail(f"{program} is not here, and PELLUCID_REQUIRE_PROGRAMS says that it must be")
    pytest.skip(f"{program} is not here: exported code cannot be run")


def answers(path: Path, rows: Array, function: str = "predict_proba") -> Array:
    """What a function of an exported program gives for each row, as numbers."""
    flat = rows.reshape(len(rows), -1)
    run = {".c": _c, ".mjs": _javascript, ".py": _python}[path.suffix]
    return run(path, flat, function)


MAIN = """
#include <stdio.h>
int main(void) {
    double x[INPUTS], answer[OUTPUTS];
    while (fread(x, sizeof(double), INPUTS, stdin) == INPUTS) {
        (void)FUNCTION(x, answer);
        fwrite(answer, sizeof(double), OUTPUTS, stdout);
    }
    return 0;
}
"""


def compiled(path: Path, main: str) -> Path:
    """The program of an exported C file and a main function."""
    source = path.with_suffix(".main.c")
    source.write_text(f'#include "{path.name}"\n{main}')
    subprocess.run(
        [needed("gcc"), *STRICT, str(source), "-lm", "-o", str(path.with_suffix(""))], check=True
    )
    return path.with_suffix("")


def _c(path: Path, rows: Array, function: str) -> Array:
    program = compiled(path, MAIN.replace("FUNCTION", function))
    given = rows.astype(np.float64).tobytes()
    done = subprocess.run([program], input=given, stdout=subprocess.PIPE, check=True)
    return np.frombuffer(done.stdout).reshape(len(rows), -1)


def _javascript(path: Path, rows: Array, function: str) -> Array:
    program = (
        f'import {{ {function} as f }} from "{path.as_uri()}"; import {{ readFileSync }} from "fs";'
        "const rows = JSON.parse(readFileSync(0));"
        "const text = (v) => Number.isFinite(v) ? v : String(v);"
        "console.log(JSON.stringify(rows.map((row) => [f(row)].flat().map(text))));"
    )
    return np.array(json.loads(node(program, json.dumps(rows.tolist()))), float)


def node(program: str, given: str) -> str:
    """What a module prints that Node runs."""
    command = [needed("node"), "--input-type=module", "--eval", program]
    return subprocess.run(
        command, input=given, stdout=subprocess.PIPE, check=True, text=True
    ).stdout


def _python(path: Path, rows: Array, function: str) -> Array:
    return np.array(_python_named(path, rows.tolist(), function), float)


# --- rows by the names of their columns


def answers_by_name(path: Path, rows: list[dict[str, Any]], function: str) -> Array:
    """The same for rows of a table whose columns go by name, in the order of the program's."""
    run = {".c": _c_named, ".mjs": _javascript_named, ".py": _python_named}[path.suffix]
    return np.array(run(path, rows, function), float)


def _python_named(path: Path, rows: list[Any], function: str) -> Any:
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import importlib;"
        "f = getattr(importlib.import_module(sys.argv[2]), sys.argv[3]);"
        "found = [f(row) for row in json.load(sys.stdin)];"
        "print(json.dumps([v if isinstance(v, list) else [v] for v in found]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(path.parent), path.stem, function],
        input=json.dumps(rows), stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def _javascript_named(path: Path, rows: list[dict[str, Any]], function: str) -> Any:
    program = (
        f'import {{ {function} as f }} from "{path.as_uri()}"; import {{ readFileSync }} from "fs";'
        "const rows = JSON.parse(readFileSync(0));"
        "console.log(JSON.stringify(rows.map((row) => [f(row)].flat())));"
    )
    plain = [{k: None if v != v else v for k, v in row.items()} for row in rows]
    return json.loads(node(program, json.dumps(plain)))


MAIN_NAMED = """
#include <stdio.h>
static const struct row ROWS[] = { LINES };
int main(void) {
    for (size_t k = 0; k < sizeof ROWS / sizeof *ROWS; k++) {
        double answer[OUTPUTS];
        if (FUNCTION(&ROWS[k], answer) != 0) return 1;
        for (int i = 0; i < OUTPUTS; i++) printf("%.17g ", answer[i]);
        printf("\\n");
    }
    return 0;
}
"""


def _c_named(path: Path, rows: list[dict[str, Any]], function: str) -> Any:
    lines = ",\n".join("{" + ", ".join(map(_literal, row.values())) + "}" for row in rows)
    program = compiled(path, MAIN_NAMED.replace("LINES", lines).replace("FUNCTION", function))
    done = subprocess.run([program], stdout=subprocess.PIPE, check=True, text=True)
    return [list(map(float, line.split())) for line in done.stdout.splitlines()]


def _literal(value: Any) -> str:
    """A cell in C; texts have spaces around them, to be taken off."""
    if isinstance(value, float):
        return "NAN" if math.isnan(value) else repr(value)
    octal = "".join(f"\\{byte:03o}" for byte in f" {value}\t".encode())
    return f'"{octal}"' if value else "NULL"

"""Programs that the tests of exported code run: gcc and node, and where they must be there."""

from __future__ import annotations

import json
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
    return np.array(json.loads(_node(program, json.dumps(rows.tolist()))), float)


def _node(program: str, given: str) -> str:
    command = [needed("node"), "--input-type=module", "--eval", program]
    return subprocess.run(
        command, input=given, stdout=subprocess.PIPE, check=True, text=True
    ).stdout


def _python(path: Path, rows: Array, function: str) -> Array:
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import importlib;"
        "f = getattr(importlib.import_module(sys.argv[2]), sys.argv[3]);"
        "found = [f(row) for row in json.load(sys.stdin)];"
        "print(json.dumps([v if isinstance(v, list) else [v] for v in found]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(path.parent), path.stem, function],
        input=json.dumps(rows.tolist()), stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    return np.array(json.loads(done.stdout), float)

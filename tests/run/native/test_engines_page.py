"""The page on engines: every primitive and part is compiled natively, and the page says how."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pellucid.graph import PRIMITIVES
from pellucid.run.native.module import CHAIN_OPS, KERNELS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")


def test_the_page_of_engines_is_what_is_planned() -> None:
    """In a process of its own: classes that other tests define are not parts."""
    program = (
        "import sys; sys.path.insert(0, 'scripts'); import list_engines; "
        "sys.exit(list_engines.page() != list_engines.PAGE.read_text(encoding='utf-8'))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, f"run scripts/list_engines.py\n{result.stderr}"


def test_every_primitive_has_a_row_with_calls_that_exist() -> None:
    rows = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}
    assert set(PRIMITIVES) <= set(rows)
    for name in PRIMITIVES:
        how = rows[name].split("|")[3].strip()
        assert how
        if how.startswith("chain: "):
            words = how.removeprefix("chain: ").split(";")[0].split(", ")
            assert {word for word in words if word != "sums over its space"} <= set(CHAIN_OPS)
        elif not how.startswith("nothing to do: "):
            assert {word.strip("` ") for word in how.split(",")} <= set(KERNELS)

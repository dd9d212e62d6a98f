"""Run the Python blocks of a document, top to bottom in one namespace: ``run_blocks.py PAGE.md``.

A block with ``>>>`` is compared with what it prints. Ends with 1 at the first block that fails.
"""

from __future__ import annotations

import doctest
import sys
from pathlib import Path

from check_docs import blocks

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def run_blocks(path: Path) -> bool:
    """Run all blocks of a page and tell whether every one did what it shows."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for line, source in blocks(path.read_text(encoding="utf-8"), "python"):
        if not source.lstrip().startswith(">>>"):
            exec(compile("\n" * (line - 1) + source, path, "exec"), namespace)  # noqa: S102
            continue
        parser = doctest.DocTestParser()
        test = parser.get_doctest(source, {}, path.name, str(path), line - 1)
        test.globs = namespace  # the next block goes on from here
        if doctest.DocTestRunner(optionflags=OPTIONS).run(test, clear_globs=False).failed:
            return False
    return True


if __name__ == "__main__":
    sys.exit(0 if run_blocks(Path(sys.argv[1])) else 1)

"""Run the Python blocks of a document, top to bottom in one namespace: ``run_blocks.py PAGE.md``.

A block with ``>>>`` is compared with what it prints. Ends with 1 at the first block that fails.

``run_blocks.py --each`` runs a page for each line of its input, a JSON list of the page, the folder
to be in and the file for what is printed, and answers each with a line that holds the status. Each
runs in a process of its own, a copy of this one, which has imported what many of them need.
"""

from __future__ import annotations

import doctest
import json
import os
import sys
import traceback
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


def run_each() -> None:
    """Run the pages that are asked for, each in a copy of this process."""
    import sklearn.linear_model
    import sklearn.model_selection
    import sklearn.neighbors  # noqa: F401

    from pellucid import Network

    Network(hidden=[2], seed=0).fit([[0.0], [1.0]], [0, 1], epochs=1, progress=False)
    for line in sys.stdin:
        page, folder, output = json.loads(line)
        copy = os.fork()
        if not copy:
            _run_here(Path(page), folder, output)
        print(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]), flush=True)


def _run_here(page: Path, folder: str, output: str) -> None:
    """Run a page in this process, and end it."""
    os.chdir(folder)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.stdin.close()
    status = 1
    try:
        status = 0 if run_blocks(page) else 1
    except BaseException:  # noqa: BLE001 - said where it is looked for
        traceback.print_exc()
    sys.exit(status)


if __name__ == "__main__":
    if sys.argv[1] == "--each":
        run_each()
    else:
        sys.exit(0 if run_blocks(Path(sys.argv[1])) else 1)

"""The studio as a process of its own, and clients of it: what its tests, its benchmark and its
pictures share.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import IO
from urllib.parse import urlsplit

import pellucid

ADDRESS = re.compile(r"http://[^\s\"]+")
PATIENCE = 60.0
PACKAGE = str(Path(pellucid.__file__).parents[1])
"""Where this process has Pellucid from: the studio is to be the same."""


class Studio:
    """``pellucid studio`` in a process of its own, on a free port of this machine.

    Attributes:
        link: the address that it said, which lets one browser in, once.
        cookies: what that browser got: tests have many visitors.
        folder: where it runs.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.errors = folder / "errors.txt"
        self._words = words
        self._process: subprocess.Popen[str] | None = None
        self.link = ""
        self.cookies: dict[str, str] = {}

    def start(self, port: int = 0, *, enter: bool = True) -> None:
        """Start it, wait for the link, and enter by it unless a test does so itself."""
        words = ["studio", *self._words, "--port", str(port), "--no-browser"]
        own = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": PACKAGE}
        with self.errors.open("a") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pellucid", *words], cwd=self.folder, text=True,
                stdout=subprocess.PIPE, stderr=errors, env=os.environ | own,
            )  # fmt: skip
        assert self._process.stdout is not None
        lines = _lines(self._process.stdout)
        self.link = _address(lines, self.errors)
        if enter:
            from tests.studio.talking import entered

            self.cookies = entered(self.link)

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    @property
    def origin(self) -> str:
        """The address without a path and token."""
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.link).port or 0

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it, as Ctrl-C does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def said(self) -> str:
        """What it wrote to standard error."""
        return self.errors.read_text(encoding="utf-8", errors="replace")


@contextmanager
def serving(*words: str, enter: bool = True) -> Iterator[Studio]:
    """A studio with these words after ``pellucid studio``, in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        studio = Studio(Path(name), *words)
        try:
            studio.start(enter=enter)
            yield studio
        finally:
            studio.stop()


def _lines(pipe: IO[str]) -> Queue[str]:
    """The lines of a pipe as they come; read to its end, so that nobody waits for us."""
    found: Queue[str] = Queue()

    def read() -> None:
        for line in pipe:
            found.put(line)
        found.put("")

    threading.Thread(target=read, daemon=True).start()
    return found


def _address(lines: Queue[str], errors: Path) -> str:
    seen: list[str] = []
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except Empty:
            line = ""
        match = ADDRESS.search(line)
        if match:
            return match[0].rstrip(".,)")
        seen.append(line)
        if not line:
            told = "".join(seen) + errors.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"The studio said no address:\n{told}")

"""Minimizers: methods that choose for themselves where to look at the loss of all samples next.

An optimizer answers to one gradient with one step, so it can be nodes of a step's graph. A
minimizer
cannot: it asks for loss and gradient at several points before it settles on the next iterate. The
graph still computes every loss and gradient; only the choice of the points is the minimizer's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.hyper import Declared

Floats: TypeAlias = NDArray[np.float64]
Ask: TypeAlias = Callable[[Floats], tuple[float, Floats]]  # a point -> loss and gradient there
Tell: TypeAlias = Callable[[Floats], None]
Points: TypeAlias = Generator[Floats, None, None]


class Minimizer(Declared, ABC):
    """Finds parameters from loss and gradient of all samples, at points that it chooses."""

    @abstractmethod
    def points(self, start: Floats, ask: Ask, count: int) -> Points:
        """Yield at most ``count`` iterates after ``start``; end when nothing better is found."""


def pulled(drive: Callable[[Ask, Tell], None], ask: Ask) -> Points:
    """Turn a routine that pushes its iterates to a callback into a generator to pull them from.

    Such a routine owns its loop, and SciPy offers no public way to stop it between two iterations
    and go on later. So it runs in a thread of its own, and that thread only chooses points:
    whatever it wants to know is asked here, in the caller's thread, where Ctrl-C arrives and the
    executor runs. One of the two always waits for the other, so nothing happens at the same time. A
    generator that is closed ends the thread.
    """
    questions: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    answers: SimpleQueue[Any] = SimpleQueue()

    def send(kind: str, content: Any) -> Any:
        questions.put((kind, content))
        answer = answers.get()
        if answer is None:
            raise _ClosedError
        return answer

    def work() -> None:
        try:
            with np.errstate(all="ignore"):
                drive(lambda at: send("ask", at.copy()), lambda at: send("tell", at.copy()))
            questions.put(("end", None))
        except _ClosedError:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            questions.put(("error", error))

    thread = Thread(target=work, name="pellucid-minimizer", daemon=True)
    thread.start()
    try:
        while True:
            kind, content = questions.get()
            if kind == "end":
                return
            elif kind == "error":
                raise content
            elif kind == "tell":
                yield content
                answers.put(True)
            else:
                answers.put(ask(content))
    finally:
        answers.put(None)
        thread.join()


class _ClosedError(Exception):
    """Unwinds the routine when nobody pulls any more."""

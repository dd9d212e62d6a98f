"""The error tree, and the helpers that word a message.

Every message says where, what was got, what was expected and what to do. All errors here are also
``ValueError``: the caller's input was wrong, the library is in a good state, and nothing was lost.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PellucidError(ValueError):
    """The root of all errors that a user's input can cause."""


class ShapeError(PellucidError):
    """Arrays, layers or nodes whose shapes do not fit together."""


class GraphError(PellucidError):
    """A graph that is not well formed: a cycle, an unknown operation, clashing types."""


class ParameterError(PellucidError):
    """A hyper-parameter outside its declared range or of the wrong type."""


class UnknownNameError(PellucidError):
    """A name that stands for nothing: a layer, an activation, a sample data set, a column."""


class DataError(PellucidError):
    """Data that cannot be learned from as it is: NaN, one class only, no rows, text for numbers."""


class FileError(PellucidError):
    """A file that cannot be read or written, is damaged, or is of another kind."""


class ExportError(PellucidError):
    """A model that cannot be handed on in the form asked for, or would answer otherwise there."""


class PackageError(PellucidError):
    """An optional package that is needed and not installed."""


class EngineError(PellucidError):
    """An executor that is unknown, or not available on this machine."""


class DivergenceWarning(RuntimeWarning):
    """A training run met NaN or infinity and stopped at the last good values."""


class DataWarning(UserWarning):
    """Rows hold what training did not show, or part of the data was passed over or left out.

    The first: unseen categories, numbers far out, missing values. The second: a damaged picture, a
    file that is none.
    """


class EngineWarning(RuntimeWarning):
    """The fast engine is not in this installation; a slower one does its work."""


def wording(where: str, *, expected: str, got: str, remedy: str) -> str:
    """Word a message as ``where expects expected, got got. remedy`` says.

    Example:
        >>> wording("Dense", expected="units of at least 1", got="0", remedy="Use 1 or more.")
        'Dense expects units of at least 1, got 0. Use 1 or more.'
    """
    return f"{where} expects {expected}, got {got}. {remedy}"


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """Word the error for an unknown name, with the nearest known one suggested.

    Example:
        >>> print(unknown_name("activation", "rleu", ["relu", "tanh"]))
        There is no activation 'rleu'. Did you mean 'relu'? Known: relu, tanh.
    """
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return UnknownNameError(f"There is no {kind} {name!r}.{hint} Known: {', '.join(names)}.")


def missing_package(what: str, packages: str, extra: str) -> PackageError:
    """Word the error for an optional package that is not installed.

    Example:
        >>> print(missing_package("to_torch", "torch", "torch"))
        to_torch needs torch, which is not installed. Install it with: pip install 'pellucid[torch]'
    """
    return PackageError(
        f"{what} needs {packages}, which is not installed. "
        f"Install it with: pip install 'pellucid[{extra}]'"
    )

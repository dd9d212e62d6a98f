"""What the shell offers while a command is typed: samples, columns, engines, rules, runs.

Nothing here may fail or warn: what cannot be read has no completions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeAlias

import click
from click.shell_completion import CompletionItem

Items: TypeAlias = list[CompletionItem]
Completion: TypeAlias = Callable[[click.Context, click.Parameter, str], Items]
MOST = 200


def _careful(complete: Completion) -> Completion:
    """A completion that offers nothing where it fails."""

    @wraps(complete)
    def careful(ctx: click.Context, parameter: click.Parameter, text: str) -> Items:
        import warnings

        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return complete(ctx, parameter, text)[:MOST]
        return []

    return careful


@_careful
def data(ctx: click.Context, parameter: click.Parameter, text: str) -> Items:
    """Samples by name; else, or beside them, files and folders."""
    from pellucid.data.samples import names

    found = _starting(names(), text)
    return [*found, *_paths(text)] if found else [CompletionItem(text, type="file")]


@_careful
def samples(ctx: click.Context, parameter: click.Parameter, text: str) -> Items:
    """Samples by name, those that are drawn too."""
    from pellucid.data.pictures.drawn import DRAWN
    from pellucid.data.samples import names

    return _starting([*names(), *DRAWN], text)


@_careful
def models(ctx: click.Context, parameter: click.Parameter, text: str) -> Items:
    """The runs in the folder ``runs``; else files and folders."""
    from pellucid.io.run_folder import MODEL, PARENT

    runs = [str(path.parent) for path in sorted(Path(PARENT).glob(f"*/{MODEL}"))]
    return _starting(runs, text) or [CompletionItem(text, type="file")]


@_careful
def columns(ctx: click.Context, parameter: click.Parameter, text: str) -> Items:
    """The columns of the table that is to be learned."""
    return _starting(_columns_of(ctx), text)


def columns_with(values: Callable[[], Iterable[str]]) -> Completion:
    """NAME=VALUE: the columns of the table, and behind the = these values."""

    @_careful
    def complete(ctx: click.Context, parameter: click.Parameter, text: str) -> Items:
        name, equals, _ = text.rpartition("=")
        if equals:
            return _starting([f"{name}={value}" for value in values()], text)
        return _starting([f"{name}=" for name in _columns_of(ctx)], text)

    return complete


def of(values: Callable[[], Iterable[str]]) -> Completion:
    """One of some names."""

    @_careful
    def complete(ctx: click.Context, parameter: click.Parameter, text: str) -> Items:
        return _starting(values(), text)

    return complete


def engines() -> Iterable[str]:
    """The engines."""
    from pellucid.run.choose import ENGINES

    return ENGINES


def rules() -> Iterable[str]:
    """The optimizers."""
    from pellucid.learn.optimizers import names

    return names()


def activations() -> Iterable[str]:
    """The activations."""
    from pellucid.nn.activations import ActivationFunction

    return [name for name in ActivationFunction.classes if name != "custom"]


def kinds() -> Iterable[str]:
    """The kinds of columns."""
    from pellucid.data.columns.kinds import KINDS

    return KINDS


def policies() -> Iterable[str]:
    """What stands in for missing values."""
    from pellucid.data.columns.missing import POLICIES

    return POLICIES


def _columns_of(ctx: click.Context) -> list[str]:
    from pellucid.data.reading.pieces import column_names
    from pellucid.data.source import is_table

    # Behind an option without its value click leaves the arguments where they were.
    given: Any = ctx.params.get("data") or next(iter(ctx.args), None)
    return column_names(Path(given)) if given and is_table(given) else []


def _starting(values: Iterable[str], text: str) -> Items:
    return [CompletionItem(value) for value in values if value.startswith(text)]


def _paths(text: str) -> Items:
    """Files and folders whose path starts so, hidden ones left out."""
    folder, name = (Path(text), "") if text.endswith("/") else (Path(text).parent, Path(text).name)
    return [
        CompletionItem(f"{path}/" if path.is_dir() else str(path))
        for path in sorted(folder.iterdir())
        if name and path.name.startswith(name) and not path.name.startswith(".")
    ]

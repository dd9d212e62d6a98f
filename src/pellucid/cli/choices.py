"""What the options of ``train`` mean: a network, a learning rule."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pellucid.errors import FileError, ParameterError, PellucidError

if TYPE_CHECKING:
    from pellucid.learn.rule import Rule
    from pellucid.models.network import Network
    from pellucid.nn.layer import Layer

MOST_UNITS = 1_000_000
MOST_SEED = 2**63 - 1


def sizes(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """Read sizes of hidden layers, such as 64,32; an empty text for none."""
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")] if value.strip() else []
    for part in parts:
        if not (part.isascii() and part.isdecimal() and 0 < int(part) <= MOST_UNITS):
            raise click.BadParameter(
                f"{part!r} in {value!r} is no size of a layer; expected whole numbers from 1 to "
                f"{MOST_UNITS:,} with commas between them, such as 64,32."
            )
    return tuple(map(int, parts))


def kinds(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> Any:
    """Read kinds of columns, such as zip=category; the last = divides, as a name may hold one."""
    from pellucid.data.columns.kinds import KINDS

    found: dict[str, str] = {}
    for text in value:
        name, _, kind = text.rpartition("=")
        if not name or kind not in KINDS:
            raise click.BadParameter(
                f"{text!r} is no kind of a column; expected NAME=KIND with one of "
                f"{', '.join(KINDS)}, such as zip=category."
            )
        found[name] = kind
    return found


def policies(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> Any:
    """Read what stands in for missing values, such as age=median."""
    from pellucid.data.columns.missing import POLICIES

    found: dict[str, str] = {}
    for text in value:
        name, _, policy = text.rpartition("=")
        if not name or policy not in POLICIES:
            raise click.BadParameter(
                f"{text!r} says nothing of missing values; expected COLUMN=POLICY with one of "
                f"{', '.join(POLICIES)}, such as age=median."
            )
        found[name] = policy
    return found


class Share(click.FloatRange):
    """A part of the rows, at least 0 and below 1."""

    name = "share"

    def __init__(self) -> None:
        super().__init__(0, 1, max_open=True)


class Seed(click.types.IntParamType):
    """A whole number from 0 to 2^63 - 1; the range, which nobody needs, is told in errors only."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number."""
        number = int(super().convert(value, param, ctx))
        if not 0 <= number <= MOST_SEED:
            self.fail(f"{number} is not a whole number from 0 to {MOST_SEED:,}.", param, ctx)
        return number


def read_layers(path: str) -> list[Layer]:
    """The layers of a JSON file: a list of objects, each with a layer's name and its parameters.

    Raises: ``FileError`` for a file that is not there or not such JSON; ``PellucidError`` of the
        kind that the layer raises, with the file and the number of the layer before it.
    """
    from pellucid.nn.spec import layer_from_record

    expected = 'expected a list such as [{"layer": "Dense", "units": 64}, {"layer": "Dense"}]'
    try:
        records = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise FileError(f"{path} is not UTF-8 text; {expected}.") from None
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path} is not JSON ({error}); {expected}.") from None
    if not isinstance(records, list) or not records:
        raise FileError(f"{path} holds {json.dumps(records):.60}; {expected}.")
    layers = []
    for number, record in enumerate(records, 1):
        try:
            layers.append(layer_from_record(record))
        except PellucidError as error:
            raise type(error)(f"{path}, layer {number}: {error}") from None
        except TypeError as error:
            raise ParameterError(f"{path}, layer {number}: {error}.") from None
    return layers


def choose_rule(name: str | None, rate: float | None, network: Network, x: Any, y: Any) -> Rule:
    """Back-propagation with the optimizer of this name, or the rule that ``fit`` takes by itself.

    Parameters:
        name: an optimizer's name; None: Adam along a cosine, with a penalty that suits the rows.
        rate: the learning rate, at first where it falls; None: the rule's own.
        network: built on the rows to learn from.
        x, y: these rows.
    Raises: ``UnknownNameError`` with the nearest name; ``ParameterError`` for a rate out of range.
    """
    from pellucid.learn.schedules import schedule
    from pellucid.models.penalty import suited
    from pellucid.models.run import FIRST_RATE, default_rule

    if name is None:
        first = FIRST_RATE if rate is None else schedule(rate, "Adam").rate(0, 1)
        return suited(default_rule(len(x), first), network, x, y)
    return named_rule(name, rate)


def named_rule(name: str, rate: float | None) -> Rule:
    """Back-propagation with the optimizer of this name, at this rate or its own.

    Raises: ``UnknownNameError`` with the nearest name; ``ParameterError`` for a rate out of range.
    """
    from pellucid.learn.backprop import Backprop
    from pellucid.learn.optimizers import optimizer

    chosen = optimizer(name)
    if rate is None:
        return Backprop(chosen)
    if not any(field.name == "rate" for field in dataclasses.fields(chosen)):
        raise ParameterError(f"{name} finds its steps itself and has no rate. Leave --rate out.")
    return Backprop(dataclasses.replace(chosen, rate=rate))  # type: ignore[arg-type]

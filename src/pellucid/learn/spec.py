"""Rules, optimizers and schedules as plain JSON values, and back: records of closed lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pellucid.learn.backprop import Backprop
from pellucid.learn.local import (
    Competitive,
    Delta,
    Grid,
    Hebb,
    Kohonen,
    Oja,
    Perceptron,
    Sanger,
    Storkey,
)
from pellucid.learn.minimizer import Minimizer
from pellucid.learn.optimizers import (
    LBFGS,
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    Lion,
    Nadam,
    Optimizer,
    RMSProp,
)
from pellucid.learn.rule import Rule
from pellucid.learn.schedules import (
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    Schedule,
    StepDecay,
    WarmUp,
)
from pellucid.nn.spec import FAMILIES as LAYERS
from pellucid.records import Family, Records


def _by_name(*classes: type[Any]) -> dict[str, type[Any]]:
    return {cls.__name__: cls for cls in classes}


FAMILIES = (
    Family(
        "rule", Rule,
        _by_name(Backprop, Perceptron, Delta, Hebb, Oja, Sanger, Competitive, Kohonen, Storkey),
    ),
    Family(
        "optimizer", Optimizer | Minimizer,  # type: ignore[arg-type]
        _by_name(
            SGD, AdaGrad, RMSProp, Adam, AdamW, AMSGrad, Nadam, AdaDelta, Lion, LBFGS
        ),
    ),
    Family(
        "schedule", Schedule,
        _by_name(Constant, Cosine, StepDecay, Exponential, OneCycle, WarmUp),
    ),
    Family("grid", Grid, _by_name(Grid)),
)  # fmt: skip
RECORDS = Records((*FAMILIES, *LAYERS))


def rule_to_record(rule: Rule) -> dict[str, Any]:
    """A rule as JSON values: its class and all its hyper-parameters, optimizer and schedule too.

    Raises: ``ParameterError`` for a rule, optimizer or schedule of one's own.

    Example:
        >>> from pellucid.learn import Delta
        >>> rule_to_record(Delta(0.1))
        {'rule': 'Delta', 'rate': {'schedule': 'Constant', 'value': 0.1}}
    """
    record: dict[str, Any] = RECORDS.encode(rule, "a rule")
    return record


def rule_from_record(record: Mapping[str, Any]) -> Rule:
    """Read back what ``rule_to_record`` wrote.

    Raises: ``UnknownNameError`` for a class that is not in the list, with the nearest suggested;
        ``ParameterError`` saying which fields are missing, unknown or of a wrong value.
    """
    rule = RECORDS.decode(record, "rule")
    assert isinstance(rule, Rule)
    return rule

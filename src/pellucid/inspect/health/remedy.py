"""Applying a remedy: train a fresh network as a run was trained, with some settings changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from pellucid.data.frame import Table, is_frame
from pellucid.errors import ParameterError, unknown_name
from pellucid.graph import Value
from pellucid.inspect.health.survey import place_names
from pellucid.learn.backprop import Backprop
from pellucid.learn.optimizers import Optimizer
from pellucid.learn.rule import Rule
from pellucid.models.network import Network
from pellucid.models.prepare import take, with_target
from pellucid.models.run import Run
from pellucid.nn.layer import Layer
from pellucid.nn.losses import CustomLoss, Loss

OF_THE_RULE = ("rate", "clip_norm", "l2")
OF_THE_NETWORK = ("activation", "weight_init", "scale_inputs", "loss_factor")
OF_THE_ROWS = ("without_rows", "without_columns")
OF_FIT = (
    "epochs", "batch", "shuffle", "early_stopping", "class_weight", "sample_weight", "precision",
    "engine", "validation",
)  # fmt: skip
CHANGES = (*OF_THE_RULE, *OF_THE_NETWORK, *OF_THE_ROWS, *OF_FIT)


def train_again(run: Run, x: Any, y: Any, change: Mapping[str, Any], **options: Any) -> Run:
    """Train a fresh network as the run was trained, from the start, with the settings changed.

    Parameters:
        x, y: the data that the run was given.
        change: settings by name. Of the rule: rate, clip_norm, l2. Of the network: activation and
            weight_init (of the hidden layers), scale_inputs, loss_factor. Of the rows:
            without_rows, without_columns. Of ``fit``: epochs, batch, shuffle, early_stopping,
            class_weight, sample_weight, precision, engine, validation.
        options: more for ``fit``: what the run was given and does not tell, such as validation.
    Raises: ``UnknownNameError`` for a setting that is none of these; what ``fit`` raises.
    """
    for name in change:
        if name not in CHANGES:
            raise unknown_name("setting to change", name, CHANGES)
    x, y = _other_rows(run.network, *with_target(x, y), change)
    plan, settings = run.settings.plan, run.settings
    asked: dict[str, Any] = {
        "epochs": plan.epochs, "shuffle": plan.shuffle, "early_stopping": plan.stopping,
        "engine": settings.engine, "rule": changed_rule(run.rule, change), "progress": False,
    }  # fmt: skip
    if run.rule.minimizer is None:
        asked["batch"] = min(plan.batch, len(x))
    asked |= {name: value for name, value in change.items() if name in OF_FIT} | options
    if "precision" in change and "engine" not in change:
        asked["engine"] = settings.engine.name
    if asked.get("early_stopping") is not None and asked.get("validation") is None:
        asked["validation"] = 0.1
    return changed_network(run.network, change).fit(x, y, **asked)


def branch_settings(run: Run, change: Mapping[str, Any]) -> dict[str, Any]:
    """What of a change a branch of the run can take: ``run.branch(0, **settings)``.

    A branch keeps rows and layers, so only what is about the rule and the steps is among it.
    """
    known = ("epochs", "batch", "shuffle", "early_stopping", "engine", "precision")
    settings = {name: value for name, value in change.items() if name in known}
    rule = changed_rule(run.rule, change)
    return settings if rule == run.rule else settings | {"rule": rule}


def changed_rule(rule: Rule, change: Mapping[str, Any]) -> Rule:
    """The rule with another rate, limit of the gradient, or penalty.

    Raises: ``ParameterError`` for a rule that has no such setting.
    """
    asked = {name: change[name] for name in OF_THE_RULE if name in change}
    if not asked:
        return rule
    if not isinstance(rule, Backprop):
        names = {field.name for field in fields(rule)}
        if set(asked) <= names:
            return replace(rule, **asked)
        raise ParameterError(
            f"{type(rule).__name__} has no {next(iter(asked))} to change. Use Backprop, such as "
            "Backprop(Adam(0.001))."
        )
    if "rate" in asked:
        if not isinstance(rule.optimizer, Optimizer):
            raise ParameterError(
                f"{type(rule.optimizer).__name__} chooses the length of its steps itself: it has "
                "no rate to change. Use an optimizer such as Adam."
            )
        asked["optimizer"] = replace(rule.optimizer, rate=asked.pop("rate"))
    return replace(rule, **asked)


def changed_network(network: Network, change: Mapping[str, Any]) -> Network:
    """A fresh network of the same layers and seed, with some settings of theirs changed."""
    layers = [_changed(layer, change) for layer in network.layers[:-1]] + [
        _changed(network.layers[-1], {k: v for k, v in change.items() if k == "weight_init"})
    ]
    loss: Loss = network.loss
    if "loss_factor" in change:
        loss = scaled_loss(loss, float(change["loss_factor"]))
    return Network(
        layers,
        loss=loss,
        target=network._kind,
        scale_inputs=bool(change.get("scale_inputs", network._scale_inputs)),
        columns=network._columns,
        missing=network._missing,
        framing=network._framing,
        seed=network.seed,
    )


def scaled_loss(loss: Loss, factor: float) -> Loss:
    """The loss times a factor."""

    def scaled(output: Value, target: Value) -> Value:
        return factor * loss.per_sample(output, target)

    targets: Any = "index" if loss.target_type((1,)).dtype == "int" else "numbers"
    return CustomLoss.from_function(scaled, targets, loss.link)


def _changed(layer: Layer, change: Mapping[str, Any]) -> Layer:
    """A layer with those of the settings that it has."""
    known = {field.name for field in fields(layer)}
    own = {
        name: change[name]
        for name in ("activation", "weight_init")
        if name in change and name in known
    }
    return replace(layer, **own) if own else layer


def _other_rows(network: Network, x: Any, y: Any, change: Mapping[str, Any]) -> tuple[Any, Any]:
    rows: Sequence[int] = change.get("without_rows", ())
    columns: Sequence[str] = change.get("without_columns", ())
    if columns:
        x = _without_columns(network, x, columns)
    if rows:
        keep = np.setdiff1d(np.arange(len(x)), np.asarray(rows, np.int64))
        x = Table.of(x) if is_frame(x) else x
        return x[keep] if isinstance(x, Table) else take(x, keep), None if y is None else take(
            y, keep
        )
    return x, y


def _without_columns(network: Network, x: Any, columns: Sequence[str]) -> Any:
    if is_frame(x) or isinstance(x, Table):
        return Table.of(x).drop(list(columns))
    names = place_names(network.inputs)
    return np.delete(np.asarray(x), [names.index(name) for name in columns], axis=1)

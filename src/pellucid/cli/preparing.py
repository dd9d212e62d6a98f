"""What ``train`` is given, made ready: the data as they are learned from, and the network."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from pellucid.assess.parts import Parts
from pellucid.cli.asked import Asked
from pellucid.cli.choices import read_layers
from pellucid.cli.gaps import without_gaps
from pellucid.cli.jobs import label_codec, loss_for
from pellucid.cli.output import warn
from pellucid.cli.pictures import above, augmentation, teller
from pellucid.data.codec import Classes, fit_target
from pellucid.data.dataset import Dataset
from pellucid.data.frame import Table
from pellucid.data.source import open_data
from pellucid.errors import DataError, DataWarning, ParameterError
from pellucid.learn.events import Event
from pellucid.learn.rule import Rule
from pellucid.models.convnet import augmentation as default_augmentation
from pellucid.models.convnet import convnet, epochs_for
from pellucid.models.fitting import made_ready
from pellucid.models.network import Network
from pellucid.models.run import Run
from pellucid.nn.dense import Dense
from pellucid.nn.shape import Flatten
from pellucid.run.executor import Executor


def opened(asked: Asked) -> Dataset:
    """The data; what was passed over or left out of it is said on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # each is one of the notes
        dataset = open_data(
            asked.data, asked.target, asked.kind, asked.data_dir, group=asked.group,
            time=asked.time, weight=asked.jobs.weight, pictures=asked.pictures,
            tell=teller(asked.quiet, "Read"), cache=above(asked.out),
        )  # fmt: skip
    for note in dataset.notes:
        warn(f"Warning: {note}")
    if asked.augment is not None and dataset.framing is None:
        raise ParameterError(
            f"--augment is for pictures from files, and {asked.data} holds none. Leave it out; for "
            "other pictures, RandomAffine, ColorJitter and CutOut can be layers of a --net file."
        )
    return dataset


def usable(dataset: Dataset, asked: Asked) -> Dataset:
    """The data with the target in a form that is read as its kind says, and pictures for --net."""
    y, x = dataset.y, dataset.x
    if asked.column and not isinstance(x, Table):
        raise ParameterError(
            f"--column is for the columns of a table, and {asked.data} is none. Leave it out."
        )
    if dataset.kind == "classes" and len(np.unique(y)) == 1:
        measures = ", or write --kind numbers if it holds measures" if y.dtype.kind in "iuf" else ""
        raise DataError(
            f"The target of {asked.data} has one class only, {y[0]}, in all {len(y)} rows; "
            f"expected at least two to tell apart. Add rows of another class{measures}."
        )
    if dataset.kind == "classes" and not isinstance(fit_target(y), Classes):
        y = y.astype(str)
    if asked.net and dataset.image_shape and x.ndim == 2:
        x = x.reshape(len(x), *dataset.image_shape)
    if asked.missing and not isinstance(x, Table):
        raise ParameterError(
            f"--missing is for the columns of a table, and {asked.data} is none. Leave it out."
        )
    test = None if dataset.test is None else usable(dataset.test, asked)
    return without_gaps(replace(dataset, x=x, y=y, test=test), asked)


def make_network(asked: Asked, training: Dataset) -> Network:
    """The network that was asked for, with its sizes from the rows to learn from."""
    network = new_network(asked, training)
    return network.build(training.x, training.y, target=label_codec(training))


def new_network(asked: Asked, training: Dataset) -> Network:
    """The network that was asked for, before it met any rows."""
    loss = loss_for(training.kind, asked.jobs.interval)
    framing, varied = training.framing, augmentation(asked.augment or "none")
    if asked.net:
        layers = read_layers(asked.net)
    elif framing is not None and asked.hidden is None:
        _check_unused(asked)
        layers = convnet(framing.shape)
        varied = default_augmentation(framing.shape) if asked.augment is None else varied
    else:
        sizes = (64,) if asked.hidden is None else asked.hidden
        layers = [*(Dense(units, activation=asked.activation) for units in sizes), Dense()]
        layers = [Flatten(), *layers] if varied else layers
    return Network(
        [*varied, *layers], loss=loss, columns=asked.column or None,
        missing=asked.missing or None, framing=framing, seed=asked.seed,
        target=training.kind if training.kind in ("labels", "counts") else None,
    )  # fmt: skip


def _check_unused(asked: Asked) -> None:
    """Refuse what says nothing to the default network for pictures."""
    if asked.activation != "relu":
        raise ParameterError(
            f"--activation {asked.activation} is for --hidden, and for pictures a convolutional "
            "network is taken, whose blocks have relu. Leave it out, or give --hidden or --net."
        )


def epochs(asked: Asked, training: Dataset) -> int | None:
    """As many epochs as were asked for; None: as many as ``fit`` takes by itself."""
    by_itself = asked.hidden is None and asked.net is None
    if asked.epochs is None and training.framing is not None and by_itself:
        return epochs_for(len(training))
    return asked.epochs


def made_run(
    network: Network, parts: Parts, asked: Asked, rule: Rule, engine: Executor,
    on_event: Callable[[Event], None] | None = None,
) -> Run:  # fmt: skip
    """The run that was asked for, ready to be begun."""
    watched = None
    if parts.validation is not None:
        watched = (parts.validation.x, parts.validation.y, parts.validation.weights)
    return made_ready(
        network, parts.training.x, parts.training.y,
        epochs=epochs(asked, parts.training), batch=asked.batch, rule=rule,
        validation=watched, early_stopping=asked.patience, engine=engine,
        sample_weight=parts.training.weights,
        class_weight="balanced" if asked.jobs.balance else None,
        progress=False if asked.quiet else None, on_event=on_event,
    )  # fmt: skip

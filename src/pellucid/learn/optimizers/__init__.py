"""Optimizers: from the gradient of the loss to the next parameters.

Each is a pair of pure functions over the one flat parameter vector: the slots it carries from step
to step, and the nodes of one step. In their formulas w are the parameters, g the gradient, r the
learning rate, t the number of the step, counted from 1. Weight decay pulls on all parameters,
biases included, as in PyTorch; the penalties of ``Backprop`` leave biases alone.
"""

from pellucid.learn.optimizers.adam import Adam, AdamW, AMSGrad, Nadam
from pellucid.learn.optimizers.base import Optimizer
from pellucid.learn.optimizers.choose import names, optimizer
from pellucid.learn.optimizers.lbfgs import LBFGS
from pellucid.learn.optimizers.scaled import AdaDelta, AdaGrad, RMSProp
from pellucid.learn.optimizers.sgd import SGD, Lion

__all__ = [
    "LBFGS",
    "SGD",
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSProp",
    "names",
    "optimizer",
]

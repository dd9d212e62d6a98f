"""Local rules: learning without gradients, by what each weight's two ends see."""

from pellucid.learn.local.competitive import Competitive
from pellucid.learn.local.hebb import Hebb, Oja, Sanger
from pellucid.learn.local.kohonen import Grid, Kohonen
from pellucid.learn.local.perceptron import Delta, Perceptron
from pellucid.learn.local.storkey import Storkey

__all__ = [
    "Competitive",
    "Delta",
    "Grid",
    "Hebb",
    "Kohonen",
    "Oja",
    "Perceptron",
    "Sanger",
    "Storkey",
]

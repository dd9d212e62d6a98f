"""Local rules: learning without gradients, by what each weight's two ends see."""

from pellucid.learn.local.hebb import Hebb, Oja, Sanger
from pellucid.learn.local.perceptron import Delta, Perceptron

__all__ = ["Delta", "Hebb", "Oja", "Perceptron", "Sanger"]

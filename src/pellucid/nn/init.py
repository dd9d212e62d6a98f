"""Initialisers: how a parameter's first values are drawn.

fan_in and fan_out are the numbers of values that flow into and out of one unit; each drawing is a
pure function of the seed and of the parameter's name.
"""

from __future__ import annotations

import math
import zlib
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pellucid.dataclass import dataclass
from pellucid.errors import ParameterError, ShapeError, unknown_name
from pellucid.hyper import Declared, hyper
from pellucid.nn.registry import enter
from pellucid.ops.random import normals, uniforms

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Fans:
    """How many values flow into and out of one unit."""

    into: int
    out: int


@dataclass(frozen=True)
class Draw:
    """Where an initialiser takes its random numbers from: one stream a parameter."""

    seed: int
    name: str

    @property
    def _key(self) -> NDArray[np.int64]:
        return np.array([self.seed, 0], np.int64)

    @property
    def _stream(self) -> int:
        return zlib.crc32(self.name.encode())

    def uniform(self, shape: tuple[int, ...]) -> Floats:
        """Numbers evenly spread over [0, 1)."""
        return uniforms(self._key, self._stream, shape)

    def normal(self, shape: tuple[int, ...]) -> Floats:
        """Standard normal numbers."""
        return normals(self._key, self._stream, shape)


@dataclass(frozen=True)
class Initializer(Declared, ABC):
    """Gives a parameter its first values."""

    classes: ClassVar[dict[str, type[Initializer]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        enter(Initializer.classes, "an initializer", cls.__name__, cls)

    @abstractmethod
    def values(self, shape: tuple[int, ...], fans: Fans, draw: Draw) -> Floats:
        """The first values, in float64."""


@dataclass(frozen=True)
class Constant(Initializer):
    """The same value everywhere."""

    value: float = hyper(0.0, doc="the value everywhere")

    def values(self, shape: tuple[int, ...], fans: Fans, draw: Draw) -> Floats:
        """An array filled with the value."""
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Normal(Initializer):
    """Normally distributed around 0, whatever the fans."""

    deviation: float = hyper(1.0, above=0, doc="the standard deviation")

    def values(self, shape: tuple[int, ...], fans: Fans, draw: Draw) -> Floats:
        """Normal values."""
        return self.deviation * draw.normal(shape)


@dataclass(frozen=True)
class Uniform(Initializer):
    """Evenly spread over [-limit, limit), whatever the fans."""

    limit: float = hyper(0.05, above=0, doc="the largest size of a value")

    def values(self, shape: tuple[int, ...], fans: Fans, draw: Draw) -> Floats:
        """Uniform values."""
        return self.limit * (2.0 * draw.uniform(shape) - 1.0)


Spread: TypeAlias = Literal["uniform", "normal"]


@dataclass(frozen=True)
class Scaled(Initializer):
    """Mean 0 and a variance that keeps signals of the same size from layer to layer.

    Formula: variance = gain / fan, with fan = fan_in, or the mean of fan_in and fan_out; uniform on
        [-sqrt(3 variance), sqrt(3 variance)), or normal.
    Source: Y. LeCun et al., Efficient BackProp, 1998 (gain 1, fan_in); X. Glorot, Y. Bengio, 2010,
        eq. 16 (gain 1, mean fan); K. He et al., 2015, doi:10.1109/ICCV.2015.123, eq. 10 (gain 2,
        fan_in).
    """

    gain: float = hyper(1.0, above=0, doc="the variance times the fan")
    fan: str = hyper("in", kind=str, choices=("in", "mean"), doc="which fan divides the variance")
    spread: str = hyper("uniform", kind=str, choices=("uniform", "normal"), doc="the distribution")

    def values(self, shape: tuple[int, ...], fans: Fans, draw: Draw) -> Floats:
        """Random values of mean 0."""
        fan = fans.into if self.fan == "in" else (fans.into + fans.out) / 2
        variance = self.gain / max(fan, 1)
        if self.spread == "normal":
            return draw.normal(shape) * math.sqrt(variance)
        return (2.0 * draw.uniform(shape) - 1.0) * math.sqrt(3.0 * variance)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Rows, or columns, at right angles to each other and of length ``gain``.

    The matrix has all axes but the last as rows. Q of the QR decomposition of a normal matrix, its
    signs fixed by R's diagonal so that all orthogonal matrices are equally likely.
    Source: A. Saxe, J. McClelland, S. Ganguli, 2014, arXiv:1312.6120; F. Mezzadri, 2007.
    """

    gain: float = hyper(1.0, above=0, doc="the length of each row or column")

    def values(self, shape: tuple[int, ...], fans: Fans, draw: Draw) -> Floats:
        """Orthogonal values; raises ``ShapeError`` for fewer than two axes."""
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal needs a parameter of 2 axes or more, got {list(shape)}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = draw.normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * np.reshape(q if rows >= columns else q.T, shape)


def zeros() -> Constant:
    """All zeros."""
    return Constant(0.0)


def glorot(spread: Spread = "uniform") -> Scaled:
    """Variance 2 / (fan_in + fan_out): for tanh, sigmoid and linear units."""
    return Scaled(1.0, "mean", spread)


def he(spread: Spread = "uniform") -> Scaled:
    """Variance 2 / fan_in: for relu units."""
    return Scaled(2.0, "in", spread)


def lecun(spread: Spread = "uniform") -> Scaled:
    """Variance 1 / fan_in: for selu and linear units."""
    return Scaled(1.0, "in", spread)


INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros(),
    "ones": Constant(1.0),
    "glorot_uniform": glorot("uniform"),
    "glorot_normal": glorot("normal"),
    "he_uniform": he("uniform"),
    "he_normal": he("normal"),
    "lecun_uniform": lecun("uniform"),
    "lecun_normal": lecun("normal"),
    "normal": Normal(),
    "uniform": Uniform(),
    "orthogonal": Orthogonal(),
}


def initializer(choice: str | Initializer) -> Initializer:
    """An initialiser by name, or the one given; an unknown name suggests the nearest."""
    if isinstance(choice, Initializer):
        return choice
    if not isinstance(choice, str):
        raise ParameterError(
            "An initializer is a name such as 'he_normal', or an Initializer such as Constant(0.5),"
            f" got {choice!r}."
        )
    if choice not in INITIALIZERS:
        raise unknown_name("initializer", choice, INITIALIZERS)
    return INITIALIZERS[choice]

"""A small convolutional network for pictures, and how long to train it: defaults without tuning.

Chosen by hand on three folders: 2,000 digits of MNIST, and the two that ``pellucid data`` draws.
"""

from __future__ import annotations

from pellucid.nn.activate import Activation
from pellucid.nn.affine import RandomAffine
from pellucid.nn.conv import Conv2D
from pellucid.nn.dense import Dense
from pellucid.nn.jitter import ColorJitter
from pellucid.nn.layer import Layer
from pellucid.nn.norm import BatchNorm
from pellucid.nn.pool import GlobalAvgPool2D, MaxPool2D

WIDEST, NARROWEST = 128, 8
"""Channels of the last block, and of the first at least."""
LEAST_SIDE = 4
"""Pictures are halved as long as both sides have at least so many pixels."""
VIEWS, FEWEST_EPOCHS, MOST_EPOCHS = 24_000, 10, 30


def convnet(shape: tuple[int, ...], width: float = 1.0) -> list[Layer]:
    """Blocks of convolution, batch normalisation and rectifier, each halving the picture.

    The channels double from block to block up to 128, so that each block is about as much work; the
    mean over what is left of the picture goes to the output layer. A picture of 64 x 64 has five
    blocks of 8, 16, 32, 64 and 128 channels.

    Parameters:
        shape: channels, height, width of the pictures.
        width: how many times as many channels each block has.

    Example:
        >>> len(convnet((3, 64, 64)))
        22
    """
    sides, halvings = shape[1:], 0
    while min(sides) >> halvings >= LEAST_SIDE:
        halvings += 1
    layers: list[Layer] = []
    for left in reversed(range(max(halvings, 1))):
        channels = max(1, round(width * max(NARROWEST, WIDEST >> left)))
        layers += [Conv2D(channels, 3, padding="same", bias=False), BatchNorm(), Activation("relu")]
        layers += [MaxPool2D(2)] if halvings else []
    return [*layers, GlobalAvgPool2D(), Dense()]


def augmentation(shape: tuple[int, ...], strength: float = 1.0) -> list[Layer]:
    """How pictures are varied by default: moved a little and lit otherwise; in colour, flipped.

    Pictures in grey are not flipped: they are often of writing, which a mirror changes.

    Parameters:
        strength: how many times as far all is moved and lit.
    """
    flip = "horizontal" if shape[0] == 3 else "none"
    if strength == 1.0:
        return [RandomAffine(flip), ColorJitter()]
    moves, light = RandomAffine(), ColorJitter()
    return [
        RandomAffine(flip, strength * moves.shift, strength * moves.rotate, strength * moves.zoom),
        ColorJitter(
            strength * light.brightness, strength * light.contrast, strength * light.saturation
        ),
    ]


def epochs_for(count: int) -> int:
    """As many epochs as show 24,000 pictures: 10 at least, 30 at most.

    Example:
        >>> epochs_for(400), epochs_for(1200), epochs_for(5000)
        (30, 20, 10)
    """
    return max(FEWEST_EPOCHS, min(MOST_EPOCHS, round(VIEWS / count)))

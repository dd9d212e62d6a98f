"""How far a small convolutional network gets on MNIST in ten minutes on two cores.

``python benchmarks/moonshot.py FOLDER [--minutes 10]`` trains on pictures that are shifted, turned,
scaled, slanted and bent anew for each epoch, by a second thread ahead of the training, and prints
the accuracy on the test set after each epoch; the last one counts, and nothing is chosen by it.

Source of the distortions: P. Simard, D. Steinkraus, J. Platt, Best Practices for Convolutional
Neural Networks Applied to Visual Document Analysis, 2003.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid import Backprop, Conv2D, Dense, Dropout, Flatten, MaxPool2D, Network
from pellucid.data import load
from pellucid.errors import PellucidError
from pellucid.learn import Adam

SIDE, GRID = 28, 7
SHIFT, TURN, SCALE, SLANT, BEND = 2.0, 0.2, 0.12, 0.15, 0.7  # pixels, radians, shares, pixels
PIECE = 2048
Pictures = NDArray[np.float32]


def distorted(pictures: NDArray[Any], seed: int) -> Pictures:
    """Each picture moved a little, in its own way; bilinear between pixels, 0 outside."""
    random = np.random.default_rng(seed)
    result = np.empty_like(pictures)
    for start in range(0, len(pictures), PIECE):
        piece = pictures[start : start + PIECE]
        rows, columns = _sources(len(piece), random)
        result[start : start + PIECE] = _sampled(piece, rows, columns)
    return result


def _sources(count: int, random: np.random.Generator) -> tuple[Pictures, Pictures]:
    """For each pixel of the results, the place in the picture that it shows."""
    down, across = np.mgrid[:SIDE, :SIDE].astype(np.float32) - (SIDE - 1) / 2
    draws = random.uniform(-1, 1, (6, count, 1, 1)).astype(np.float32)
    turn, slant = TURN * draws[0], SLANT * draws[1]
    scale_down, scale_across = 1 + SCALE * draws[2], 1 + SCALE * draws[3]
    rows = scale_down * (np.cos(turn) * down - np.sin(turn) * across) + SHIFT * draws[4]
    columns = scale_across * (np.sin(turn) * down + np.cos(turn) * across) + SHIFT * draws[5]
    columns = columns + slant * down
    spread = _smoothing()
    bend = random.normal(0, BEND, (2, count, GRID, GRID)).astype(np.float32)
    bends = spread @ bend @ spread.T
    middle = np.float32((SIDE - 1) / 2)
    return rows + bends[0] + middle, columns + bends[1] + middle


def _smoothing() -> Pictures:
    """From a coarse grid to pixels, smoothly: (SIDE, GRID), rows adding up to 1."""
    places = np.linspace(0, GRID - 1, SIDE, dtype=np.float32)
    weights = np.exp(-0.5 * ((places[:, None] - np.arange(GRID, dtype=np.float32)) / 0.7) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def _sampled(pictures: Pictures, rows: Pictures, columns: Pictures) -> Pictures:
    padded = np.pad(pictures, ((0, 0), (1, 2), (1, 2))).reshape(len(pictures), -1)
    width = SIDE + 3
    rows, columns = np.clip(rows + 1, 0, SIDE + 1), np.clip(columns + 1, 0, SIDE + 1)
    top, left = rows.astype(np.int32), columns.astype(np.int32)
    below, right = rows - top, columns - left
    first = (np.arange(len(pictures), dtype=np.int32) * padded.shape[1])[:, None, None]
    at = first + top * width + left
    flat = padded.reshape(-1)
    upper = flat[at] * (1 - right) + flat[at + 1] * right
    lower = flat[at + width] * (1 - right) + flat[at + width + 1] * right
    return np.asarray(upper * (1 - below) + lower * below, np.float32)


def network() -> Network:
    """Two convolutions of 5 x 5 and two dense layers."""
    layers = [
        Conv2D(24, 5, activation="relu"),
        MaxPool2D(2),
        Conv2D(48, 5, activation="relu"),
        MaxPool2D(2),
        Flatten(),
        Dropout(0.3),
        Dense(256, activation="relu"),
        Dropout(0.3),
        Dense(10),
    ]
    return Network(layers, scale_inputs=False, seed=0)


def rate(share: float) -> float:
    """The learning rate after a share of the time: half a cosine, with an end near 0."""
    return float(1e-5 + 0.002 * 0.5 * (1 + np.cos(np.pi * min(1.0, share))))


def main() -> None:
    """Train, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    try:
        sample = load("mnist", asked.folder)
    except PellucidError as error:
        parser.error(str(error))
    assert sample.test is not None
    x, test_x = (np.asarray(part.x / 255, np.float32) for part in (sample, sample.test))
    x, y = x.reshape(-1, SIDE, SIDE), sample.y
    test_x = test_x.reshape(-1, 1, SIDE, SIDE)
    began, limit = time.perf_counter(), 60 * asked.minutes
    net, epoch, longest, share = network(), 0, 0.0, 0.0
    rule = Backprop(Adam(lambda step: rate(share)))  # one rule: its moments go on from fit to fit
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(distorted, x, 0)
        while True:
            started = time.perf_counter()
            share = (started - began) / limit
            if epoch and started - began + 1.1 * longest > limit:
                break
            pictures = coming.result()[:, None]
            coming = ahead.submit(distorted, x, epoch + 1)
            net.fit(pictures, y, epochs=1, batch=128, rule=rule, progress=False)
            epoch += 1
            longest = max(longest, time.perf_counter() - started)
            right = float(np.mean(net.predict(test_x) == sample.test.y))
            seconds = time.perf_counter() - began
            print(f"epoch {epoch:3}  {seconds:6.1f} s  test accuracy {right:.4f}", flush=True)


if __name__ == "__main__":
    main()

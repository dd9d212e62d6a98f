"""Pictures as the audit compares them: by their bytes, and by what is left of them when shrunk."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.data.arrays import Array
from pellucid.data.audit.mixing import mix

SIDE, SMALL = 8, 4096
ROUNDING = 1e-5
PORTION = 1 << 20  # values at a time


def picture_hashes(x: Array) -> Array:
    """A number of 64 bits for each picture; equal pictures have equal ones.

    Formula: the sum of mixed(word + place's own number) over a picture's bytes in words of 64 bits.
    Shapes: n x anything -> n.
    """
    flat = np.ascontiguousarray(x).reshape(len(x), -1)
    width = flat.shape[1] * flat.dtype.itemsize
    words = -(-width // 8)
    own = mix(np.arange(words, dtype=np.uint64))
    total = np.empty(len(flat), np.uint64)
    step = max(1, PORTION // words)
    for start in range(0, len(flat), step):
        rows = flat[start : start + step]
        if rows.dtype.kind == "f":
            rows = rows + rows.dtype.type(0)  # no -0
        padded = np.zeros((len(rows), 8 * words), np.uint8)
        padded[:, :width] = rows.view(np.uint8).reshape(len(rows), width)
        total[start : start + step] = mix(padded.view(np.uint64) + own).sum(axis=1)
    return total


def features(x: Array, shape: tuple[int, int] | None) -> Array:
    """Each picture as the means of 8 x 8 blocks of its grey, with mean 0 and length 1.

    So a picture that was saved anew, resized, or made brighter has nearly the same ones. Those of
    a picture of one tone are all 0.

    Shapes: n x [channels x] height x width, or n x (height width) with ``shape`` -> n x at most 64.
    """
    if x.ndim == 2:
        assert shape is not None
        x = x.reshape(len(x), *shape)
    if x.ndim == 3:
        x = x[:, None]
    count, channels, height, width = x.shape
    down, across = _blocks(height), _blocks(width)
    size = down.shape[1] * across.shape[1]
    at_once = np.kron(down, across) if height * width <= SMALL else None
    result = np.empty((count, size), np.float32)
    step = max(1, PORTION // (channels * height * width))
    for start in range(0, count, step):
        rows = x[start : start + step].astype(np.float32)
        grey = rows[:, 0] if channels == 1 else rows.mean(axis=1)
        if at_once is not None:
            result[start : start + step] = grey.reshape(len(rows), -1) @ at_once
        else:
            result[start : start + step] = np.matmul(down.T, grey @ across).reshape(len(rows), -1)
    mean = result.mean(axis=1, keepdims=True)
    result -= mean
    length = np.sqrt((result**2).sum(axis=1, keepdims=True))
    plain = length <= ROUNDING * np.abs(mean) * np.sqrt(size)
    return np.where(plain, 0, result / np.where(plain, 1, length))


def _blocks(side: int) -> Array:
    """A matrix that takes means over at most 8 even parts of a side, edges shared by their part."""
    parts = min(side, SIDE)
    edges = np.linspace(0, side, parts + 1)
    pixel = np.arange(side)[:, None]
    overlap = np.minimum(pixel + 1, edges[1:]) - np.maximum(pixel, edges[:-1])
    weight: Any = np.clip(overlap, 0, None)
    return np.asarray(weight / weight.sum(axis=0), np.float32)

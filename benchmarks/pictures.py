"""What decoding costs beside training: a folder of 5,000 pictures of 64 x 64.

``python benchmarks/pictures.py FOLDER [--count 5000] [--epochs 3] [--memory 2]`` draws the folder
where it is not there, reads it, trains the default network, and prints how long each part takes:
decoding (once, before the first step), encoding (each batch, from whole numbers to floats), and
the steps.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from memory import peak
from pellucid import Network
from pellucid.data import PictureOptions, read_pictures
from pellucid.data.pictures.drawn import draw_folder
from pellucid.learn.events import EpochDone, Event
from pellucid.models.convnet import augmentation, convnet


def main() -> None:
    """Draw, read, train, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--memory", type=float, default=2.0, help="gigabytes; beyond, in a file")
    asked = parser.parse_args()
    if not asked.folder.exists():
        draw_folder("shapes", asked.folder, count=-(-asked.count // 6), size=64)
    began = time.perf_counter()
    options = PictureOptions(memory=asked.memory)
    data = read_pictures(asked.folder, options, cache=asked.folder.parent)
    read = time.perf_counter() - began
    held = data.x.nbytes / 2**20
    print(f"{len(data):,} pictures read in {read:.2f} s, {len(data) / read:,.0f} a second")
    where = "a file" if isinstance(data.x, np.memmap) else "memory"
    print(f"{held:.0f} MB in {where} as whole numbers of 8 bits; {4 * held:.0f} MB as floats")
    assert data.framing is not None
    shape = data.framing.shape
    net = Network([*augmentation(shape), *convnet(shape)], framing=data.framing, seed=0)
    ends: list[float] = []

    def told(event: Event) -> None:
        if isinstance(event, EpochDone):
            ends.append(event.seconds)

    net.fit(data.x, data.y, epochs=asked.epochs, progress=False, on_event=told)
    for number, seconds in enumerate(np.diff([0.0, *ends]), 1):
        print(f"epoch {number}: {seconds:.2f} s")
    codec = net._parts()[1]
    began = time.perf_counter()
    for at in range(0, len(data), 128):
        codec.encode(data.x[at : at + 128])
    print(f"peak of memory: {peak() / 2**20:.0f} MB")
    print(f"of which encoding: {time.perf_counter() - began:.2f} s an epoch; decoding: none")


if __name__ == "__main__":
    main()

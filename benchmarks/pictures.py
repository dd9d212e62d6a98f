"""What decoding costs beside training: a folder of 5,000 pictures of 64 x 64.

``python benchmarks/pictures.py FOLDER [--count 5000] [--epochs 3]`` draws the folder where it is
not there, reads it, and trains the default network with and without its augmentation. It prints how
long decoding takes (once, before the first step), an epoch with decoding (the first) and without
(each later one), and what of that is making floats: by the clock, and processor time.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from pellucid import Network
from pellucid.data import read_pictures
from pellucid.data.pictures.drawn import draw_folder
from pellucid.learn.events import EpochDone, Event
from pellucid.models.convnet import augmentation, convnet
from pellucid.models.run import default_batch


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock, and of the processors."""

    clock: float
    cpu: float

    @classmethod
    def now(cls) -> Spent:
        return cls(time.perf_counter(), time.process_time())

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.clock + other.clock, self.cpu + other.cpu)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.clock - other.clock, self.cpu - other.cpu)


def epochs(data: Any, count: int, *, varied: bool) -> tuple[list[Spent], Network]:
    """What each epoch of the default network takes; nothing is decoded in any of them."""
    shape = data.framing.shape
    layers = [*(augmentation(shape) if varied else []), *convnet(shape)]
    net = Network(layers, framing=data.framing, seed=0)
    ends = [Spent.now()]

    def told(event: Event) -> None:
        if isinstance(event, EpochDone):
            ends.append(Spent.now())

    net.fit(data.x, data.y, epochs=count, progress=False, on_event=told)
    return [later - sooner for sooner, later in pairwise(ends)], net


def encoding(net: Network, data: Any) -> Spent:
    """What of an epoch is making floats of the pictures, batch by batch."""
    codec, batch, began = net.inputs, default_batch(len(data)), Spent.now()
    for at in range(0, len(data), batch):
        codec.encode(data.x[at : at + batch])
    return Spent.now() - began


def middle(times: list[Spent]) -> Spent:
    """The median of each."""
    return Spent(median(t.clock for t in times), median(t.cpu for t in times))


def told(what: str, spent: Spent) -> str:
    """A line of the table."""
    return f"| {what} | {spent.clock:.2f} s | {spent.cpu:.2f} s |"


def main() -> None:
    """Draw, read, train, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=3)
    asked = parser.parse_args()
    if not asked.folder.exists():
        draw_folder("shapes", asked.folder, count=-(-asked.count // 6), size=64)
    began = Spent.now()
    data = read_pictures(asked.folder)
    decoding = Spent.now() - began
    rate, held = len(data) / decoding.clock, data.x.nbytes / 2**20
    print(f"{len(data):,} pictures, {held:.0f} MB as whole numbers of 8 bits")
    print("| | by the clock | processor time |\n| --- | --- | --- |")
    print(told(f"decoding, once: {rate:,.0f} pictures a second", decoding))
    for varied in (True, False):
        how = "with augmentation" if varied else "without augmentation"
        times, net = epochs(data, asked.epochs, varied=varied)
        print(told(f"the first epoch {how}, decoding before it", decoding + times[0]))
        print(told(f"a later epoch {how}: nothing is decoded", middle(times[1:] or times)))
        print(told("of which making floats of batches", encoding(net, data)), flush=True)


if __name__ == "__main__":
    main()

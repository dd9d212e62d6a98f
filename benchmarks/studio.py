"""The studio under load: frames a second, the speed that training keeps, crowds, memory.

``python benchmarks/studio.py [--seconds 10] [--minutes 5] [--only frames|crowd|rude|memory]``
starts ``pellucid studio`` and visits it from processes of their own. The share of the full speed is
the steps a second while a page watches, by those of ``Network.fit`` with the same data, layers and
batch, alone on the machine. The page's own work (drawing) is not in it: the visitors only count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import machine  # noqa: E402 - the path is needed first
from tests.studio.serving import Studio, serving  # noqa: E402

VIEWS = ("network", "scene", "curves", "sample")
PARTS = ("frames", "crowd", "rude", "memory")
MB = 2**20


def scene(hidden: list[int], *, table: bool) -> dict[str, Any]:
    """A scene of digits: as they come with scikit-learn, or enlarged in a table."""
    source = {"source": "TableFile", "file": "table.csv", "target": "digit", "kind": "classes"}
    return {
        "version": 1, "scene": "Scene", "epochs": 10**6, "batch": 32,
        "source": source if table else {"source": "Sample", "name": "digits"},
        "hidden": [
            {"layer": "Dense", "units": units, "activation": {"activation": "relu"}}
            for units in hidden
        ],
    }  # fmt: skip


NETWORKS = {"64-32-10": scene([32], table=False), "784-128-64-10": scene([128, 64], table=True)}


def enlarged(file: Path) -> None:
    """The digits as a table of 28 x 28 pixels each, as MNIST has them."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    small = x.reshape(-1, 8, 8).repeat(3, axis=1).repeat(3, axis=2)
    large = np.pad(small, ((0, 0), (2, 2), (2, 2))).reshape(len(x), -1).astype(int)
    names = [f"p{place}" for place in range(784)]
    rows = [",".join(map(str, (*row, f"d{label}"))) for row, label in zip(large, y, strict=True)]
    file.write_text("\n".join([",".join([*names, "digit"]), *rows]) + "\n")


def orders(studio: Studio, role: str, name: str, file: Path, seconds: float) -> str:
    """What a visitor is told, as JSON."""
    record = NETWORKS[name]
    table = record["source"]["source"] == "TableFile"
    return json.dumps(
        {"origin": studio.origin, "cookies": studio.cookies, "role": role, "scene": record,
         "file": str(file) if table else None, "views": VIEWS, "seconds": seconds}
    )  # fmt: skip


def visited(many: list[str]) -> list[dict[str, Any]]:
    """What visitors found who all began together once all were ready."""
    running = [
        subprocess.Popen(
            [sys.executable, str(HERE / "studio_client.py"), one],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for one in many
    ]  # fmt: skip
    for each in running:
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    return [json.loads(each.communicate()[0]) for each in running]


def full_speed(name: str, folder: Path, seconds: float) -> float:
    """The steps a second of the same training with nobody there."""
    told = json.dumps({"scene": NETWORKS[name], "folder": str(folder), "seconds": seconds})
    words = [sys.executable, str(HERE / "studio_fit.py"), told]
    return float(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)


def frames(file: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """One page, each network: frames, and the share of the full speed."""
    for name in NETWORKS:
        before = full_speed(name, file.parent, seconds)
        with serving() as studio:
            (found,) = visited([orders(studio, "watch", name, file, seconds)])
        after = full_speed(name, file.parent, seconds)
        full = statistics.mean([before, after])
        yield {"what": f"{name}, one page", **found, "full": full, "share": found["steps"] / full}


def crowd(file: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """Eight sessions training at once."""
    with serving() as studio:
        name = "64-32-10"
        found = visited([orders(studio, "watch", name, file, seconds)] * 8)
    steps = [one["steps"] for one in found]
    slowest = min(found, key=lambda one: one["steps"])
    told = f"eight of {name}, the slowest of them"
    yield {"what": told, **slowest, "all": sum(steps), "fastest": max(steps)}


def rude(file: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """A good page alone, beside one that floods, and beside one that reads nothing."""
    for others in ([], ["flood"], ["stall"], ["flood", "stall"]):
        with serving() as studio:
            name = "64-32-10"
            found, *_ = visited(
                [orders(studio, role, name, file, seconds) for role in ("watch", *others)]
            )
            told = "good page beside " + (" and ".join(others) or "nobody")
            yield {"what": told, **found, "server": resident(studio.pid) / MB}


def memory(file: Path, minutes: float) -> Iterator[dict[str, Any]]:
    """Learning and rewinding for minutes; the growth after the first fifth of them."""
    with serving() as studio:
        kept: list[tuple[float, float]] = []
        with visiting(orders(studio, "roam", "64-32-10", file, minutes * 60)) as running:
            began = time.monotonic()
            while running.poll() is None:
                kept.append((time.monotonic() - began, resident(studio.pid) / MB))
                time.sleep(0.5)
    each = [
        next(size for at, size in kept if at >= 60 * k) for k in range(int(kept[-1][0] / 60) + 1)
    ]
    settled = [size for at, size in kept if at > minutes * 12]
    yield {
        "what": f"{minutes:g} minutes of learning and rewinding", "first": kept[0][1],
        "settled": settled[0], "last": settled[-1], "most": max(settled),
        "growth": settled[-1] - settled[0], "minutes": each,
    }  # fmt: skip


@contextmanager
def visiting(told: str) -> Iterator[subprocess.Popen[str]]:
    """A visitor at work."""
    words = [sys.executable, str(HERE / "studio_client.py"), told]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None and running.stdin is not None
        assert running.stdout.readline() == "ready\n"
        running.stdin.write("\n")
        running.stdin.flush()
        yield running


def resident(process: int) -> int:
    """The bytes that a process holds in memory, where Linux tells."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


def line(row: dict[str, Any]) -> str:
    """A row in words."""
    if "growth" in row:
        return (
            f"{row['what']}: {row['settled']:.0f} MiB once settled, {row['last']:.0f} at the end, "
            f"{row['most']:.0f} at most: {row['growth']:+.1f}; minute by minute "
            f"{', '.join(f'{size:.0f}' for size in row['minutes'])}"
        )
    shown = ", ".join(f"{name} {rate:.1f}" for name, rate in sorted(row["frames"].items()))
    text = f"{row['what']}: {row['steps']:,.0f} steps/s; frames/s: {shown}; "
    text += f"{row['megabytes']:.1f} MB/s"
    if row["wait"] is not None:
        text += f"; answers in {row['wait']:.0f} ms, {row['longest']:.0f} at most"
    if "share" in row:
        text += f"; {100 * row['share']:.0f} % of {row['full']:,.0f} steps/s"
    if "all" in row:
        text += f"; all together {row['all']:,.0f} steps/s, the fastest {row['fastest']:,.0f}"
    if "server" in row:
        text += f"; the server holds {row['server']:.0f} MiB"
    return text


def main() -> None:
    """Measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--only", choices=PARTS, action="append")
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "table.csv"
        enlarged(file)
        for part in asked.only or PARTS:
            measure = {"frames": frames, "crowd": crowd, "rude": rude, "memory": memory}[part]
            for row in measure(file, asked.minutes if part == "memory" else asked.seconds):
                print(line(row), flush=True)
                rows.append(row)
    print(json.dumps({"rows": rows, "machine": machine.facts(["starlette", "uvicorn"])}))


if __name__ == "__main__":
    main()

"""A page of the studio without a browser, for ``studio.py``: ``studio_client.py ORDERS`` (JSON).

It plays a scene, watches views and says that it drew each, or it floods, or it stops reading; then
it prints what came, as JSON.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.studio.talking import Talk, Visitor  # noqa: E402 - the path is needed first

HEAD = 400
"""So many bytes of a frame tell what it is: unpacking is the page's work, not the server's."""


def main() -> None:
    """Do as ordered, and tell."""
    orders = json.loads(sys.argv[1])
    visitor = Visitor(orders["origin"], orders["cookies"])
    with visitor.talk() as talk:
        talk.line.recv_bufsize = 2**20
        upload(visitor, talk, orders)
        found = {"watch": watch, "flood": flood, "stall": stall, "roam": roam}[orders["role"]](
            talk, orders
        )
    print(json.dumps(found), flush=True)


def upload(visitor: Visitor, talk: Talk, orders: dict[str, Any]) -> None:
    """Give the session its table, open the scene, and say when all is ready."""
    if file := orders.get("file"):
        body = Path(file).read_bytes()
        answer = visitor.ask("POST", f"/sessions/{talk.session}/files?name=table.csv", body)
        assert answer.status == 201, answer
    talk.ask("OpenScene", scene=orders["scene"])
    talk.ask("Watch", views=orders["views"])
    talk.rest(0.3)
    print("ready", flush=True)
    sys.stdin.readline()


def watch(talk: Talk, orders: dict[str, Any]) -> dict[str, Any]:
    """Play, and count the frames; now and then a command, whose answer is waited for."""
    line, frames, size = talk.line, Counter[str](), 0
    waits: list[float] = []
    send = json.dumps
    line.send(send({"id": 1, "do": "Play"}))
    end = warm = 0.0
    first = last = (0, 0.0)
    number, asked = 1, 0.0
    began = time.perf_counter()
    while not end or time.perf_counter() < end:
        try:
            frame = line.recv(0.1)
        except TimeoutError:
            frame = ""
        now = time.perf_counter()
        if not warm and now - began > 1.5:
            warm, end = now, now + orders["seconds"]
            frames.clear()
            size = 0
        head = frame[8:HEAD] if isinstance(frame, bytes) else frame[:HEAD].encode()
        if b'"type":"view"' in head:
            frames[head.split(b'"name":"')[1].split(b'"')[0].decode()] += 1
            line.send("drawn")
        elif b'"type":"status"' in head:
            frames["status"] += 1
            line.send("drawn")
            step = json.loads(frame)["step"]
            if warm:
                first = first if first[1] else (step, now)
                last = step, now
        elif b'"type":"re' in head and asked:
            waits.append(1e3 * (now - asked))
            asked = 0.0
        size += len(frame)
        if warm and not asked and now - warm > 0.25 * (len(waits) + 1):
            number, asked = number + 1, now
            line.send(send({"id": number, "do": "TellScene"}))
    seconds = orders["seconds"]
    return {
        "steps": (last[0] - first[0]) / max(last[1] - first[1], 1e-9),
        "frames": {name: count / seconds for name, count in frames.items()},
        "megabytes": size / seconds / 1e6,
        "wait": statistics.median(waits) if waits else None,
        "longest": max(waits, default=None),
    }


def flood(talk: Talk, orders: dict[str, Any]) -> dict[str, Any]:
    """Send as fast as it is taken, small messages and large ones, and read what comes."""
    end, count = time.perf_counter() + orders["seconds"] + 1.5, 0
    large = json.dumps({"id": 1, "do": "OpenScene", "scene": {"a": [0.5] * 50_000}})
    small = json.dumps({"id": 1, "do": "TellScene"})
    while time.perf_counter() < end:
        talk.line.send(large if count % 10 == 0 else small)
        count += 1
        try:
            while count % 5 == 0:
                talk.line.recv(0)
        except TimeoutError:
            pass
    return {"sent": count / orders["seconds"]}


def stall(talk: Talk, orders: dict[str, Any]) -> dict[str, Any]:
    """Play with all views watched, say that all was drawn, and read nothing any more."""
    talk.line.send(json.dumps({"id": 1, "do": "Play"}))
    end = time.perf_counter() + orders["seconds"] + 1.5
    while time.perf_counter() < end:
        talk.line.send("drawn")
        time.sleep(0.02)
    return {}


def roam(talk: Talk, orders: dict[str, Any]) -> dict[str, Any]:
    """Learn, go back, branch, edit, undo, for so long."""
    chance = random.Random(0)
    end, count = time.perf_counter() + orders["seconds"], 0
    while time.perf_counter() < end:
        talk.ask("Play")
        talk.hear(chance.uniform(0.2, 2.0))
        talk.ask("Pause")
        for _ in range(3):
            talk.ask("Seek", step=chance.randint(talk.status["first"], talk.status["step"]))
        talk.ask("EditWeight", parameter="dense_1.bias", place=[0], value=chance.random())
        if chance.random() < 0.3:
            talk.ask("Undo")
        if talk.status["over"]:
            talk.ask("Restart")
        count += 1
    return {"rounds": count}


if __name__ == "__main__":
    main()

"""States of a run on disk: whole, checked, few."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.errors import FileError
from pellucid.io import checkpoints
from pellucid.io.checkpoints import (
    Checkpoints,
    Keeper,
    carried_hash,
    name_of,
    read_checkpoint,
    write_checkpoint,
)
from pellucid.io.event_log import EventLog, read_events
from pellucid.learn.plan import Begun, State


def state(step: int = 7) -> State:
    carried: dict[str, Any] = {
        "params": np.arange(4, dtype=np.float32) / 3,
        "state": np.zeros(0, np.float32),
        "count": np.array(2.5),
    }
    parts = [
        {"loss.sum": np.array([0.1, 0.2]), "hits": np.array([3, 4]), "rule.note": np.ones(2)},
        {"loss.sum": np.array([0.3]), "hits": np.array([5]), "rule.note": np.ones(1)},
        {"loss.sum": np.array([9.0]), "hits": np.array([9]), "rule.note": np.ones(1)},
    ]
    best = (0.1 + 0.2, 1, {name: array + 1 for name, array in carried.items()})
    return State(carried, step, 2, best, Begun(3, parts, 2, (61, 8, 2**62, True)), 4)


def test_a_state_comes_back_to_the_bit(tmp_path: Path) -> None:
    before = state()
    size = write_checkpoint(tmp_path / "s", before, 12.25)
    stored = read_checkpoint(tmp_path / "s")
    after = stored.state
    assert size == (tmp_path / "s").stat().st_size
    assert (after.step, after.epoch, after.waited, stored.seconds) == (7, 2, 4, 12.25)
    assert stored.hash == carried_hash(before.carried) == carried_hash(after.carried)
    assert before.best is not None and after.best is not None
    assert after.best[:2] == before.best[:2] == (0.30000000000000004, 1)
    for here, there in ((before.carried, after.carried), (before.best[2], after.best[2])):
        assert here.keys() == there.keys()
        for name, array in here.items():
            assert (array.dtype, array.shape) == (there[name].dtype, there[name].shape)
            assert array.tobytes() == there[name].tobytes()
    assert after.begun is not None
    assert (after.begun.steps, after.begun.order) == (3, (61, 8, 2**62, True))
    assert [{n: a.tolist() for n, a in part.items()} for part in after.begun.told] == [
        {"loss.sum": [0.1, 0.2, 0.3], "hits": [3, 4, 5]}
    ]


def test_a_state_without_more_comes_back_too(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "s", State(state().carried), 0.0)
    after = read_checkpoint(tmp_path / "s").state
    assert (after.best, after.begun, after.step) == (None, None, 0)


def test_the_hash_tells_every_bit_apart() -> None:
    one, other = np.array([1.0, 2.0]), np.array([1.0, np.nextafter(2.0, 3.0)])
    hashes = {
        carried_hash(carried)
        for carried in (
            {"a": one}, {"a": other}, {"b": one}, {"a": one.astype(np.float32)}, {"a": one[None]},
            {"a": np.array([0.0])}, {"a": np.array([-0.0])},
        )
    }  # fmt: skip
    assert len(hashes) == 7
    assert carried_hash({"a": one, "b": other}) == carried_hash({"b": other, "a": one})


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "s"
    write_checkpoint(path, state(), 1.0)
    content = path.read_bytes()
    for place in range(0, len(content), 7):
        changed = bytearray(content)
        changed[place] ^= 0x40
        path.write_bytes(bytes(changed))
        with pytest.raises(FileError) as caught:
            read_checkpoint(path)
        assert str(caught.value) == f"{path} is damaged: it is not what its checksum says."


@pytest.mark.parametrize("size", [0, 1, 8, 100, -1])
def test_a_file_that_was_cut_short_is_found(size: int, tmp_path: Path) -> None:
    path = tmp_path / "s"
    write_checkpoint(path, state(), 1.0)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(FileError, match=r"is damaged: it is not what its checksum says\.$"):
        read_checkpoint(path)


def test_the_newest_that_can_be_read_is_taken(tmp_path: Path) -> None:
    found = Checkpoints(tmp_path)
    assert found.newest() == (None, [])
    keeper = Keeper(found, 0.0)
    for step in (0, 10, 20, 30):
        keeper.write(state(step), 1.0)
    (found.path / "notes.txt").write_text("mine")
    found.file(30).write_bytes(b"half")
    found.file(20).write_bytes(found.file(10).read_bytes())  # another's
    stored, faults = found.newest()
    assert stored is not None and stored.state.step == 10
    assert faults == [
        f"{found.file(step)} is damaged: it is not what its checksum says." for step in (30, 20)
    ]
    assert (found.steps(), found.good()) == ([0, 10, 20, 30], [0, 10])
    earlier, _ = found.newest(9)
    assert earlier is not None and earlier.state.step == 0
    found.clear(after=10)
    assert found.steps() == [0, 10]


def test_there_are_never_many_and_the_first_and_the_newest_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOST", 5)
    found = Checkpoints(tmp_path)
    for step in range(0, 400, 10):
        Keeper(found).write(state(step), 1.0)
        assert len(found.steps()) <= 5
        assert found.steps()[0] == 0 and found.steps()[-1] == step
    gaps = np.diff(found.steps())
    assert gaps.max() <= 200


def test_they_take_a_bounded_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = write_checkpoint(tmp_path / "s", state(), 1.0)
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 3 * size + 60)
    found = Checkpoints(tmp_path)
    for step in range(0, 100, 10):
        Keeper(found).write(state(step), 1.0)
    assert len(found.steps()) == 3


def test_writing_takes_a_small_share_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("pellucid.io.checkpoints.time.perf_counter", lambda: now)
    write = checkpoints.write_checkpoint

    def slow(*words: Any) -> int:
        nonlocal now
        now += 0.5
        return write(*words)

    monkeypatch.setattr(checkpoints, "write_checkpoint", slow)
    keeper = Keeper(Checkpoints(tmp_path))
    keeper.write(state(), 1.0)
    now += 24.0
    assert not keeper.is_due()
    now += 1.0
    assert keeper.is_due()


def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    found = Checkpoints(tmp_path)
    with pytest.raises(FileError) as caught:
        Keeper(found).write(state(), 1.0)
    assert str(caught.value) == (
        f"Cannot write {found.path / name_of(7)}: no space left on device. Whatever was there "
        "before is untouched."
    )
    assert list(found.path.iterdir()) == []


# --- events


def test_events_are_there_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path, [{"event": "RunStarted"}])
    log.add({"event": "StepsDone", "step": 1})
    log.flush()
    assert path.read_text() == '{"event": "RunStarted"}\n{"event": "StepsDone", "step": 1}\n'
    log.add({"event": "RunEnded"})
    log.close()
    log.close()
    log.flush()
    assert [row["event"] for row in read_events(tmp_path)] == [
        "RunStarted",
        "StepsDone",
        "RunEnded",
    ]


def test_half_a_last_line_and_an_epoch_told_twice_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(
        '{"event": "EpochDone", "epoch": 1, "loss": 3}\n{"event": "EpochDone", "epoch": 1, '
        '"loss": 2}\n{"event": "EpochDone", "epoch": 2, "lo'
    )
    assert read_events(tmp_path) == [{"event": "EpochDone", "epoch": 1, "loss": 2}]
    path.write_text('{"event": "a"}\n{"ev\n{"event": "b"}\n')
    with pytest.raises(FileError) as caught:
        read_events(tmp_path)
    assert str(caught.value) == (
        f"{path} is damaged; expected a line of JSON an event. Train again for a new run."
    )


def test_a_full_disk_ends_the_log_and_not_the_run(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")

    class Full:
        def write(self, content: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self) -> None:
            pass

    log.close()
    log._file = Full()  # type: ignore[assignment]
    log.add({"event": "StepsDone"})
    log.flush()
    log.add({"event": "StepsDone"})
    log.close()
    assert log.fault == f"Cannot write {tmp_path / 'events.jsonl'}: no space left on device."

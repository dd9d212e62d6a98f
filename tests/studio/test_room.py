"""What a session holds: nothing is written over, and what is in use never goes."""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from PIL import Image

from pellucid.errors import ParameterError
from pellucid.nn import Dense
from pellucid.scene.acts import Take
from pellucid.scene.bench import Bench
from pellucid.scene.map_scene import MapScene
from pellucid.scene.scene import Scene
from pellucid.scene.source import PictureFolder, Sample, TableFile
from pellucid.studio.files import Uploads, is_plain
from pellucid.studio.limits import Limits
from pellucid.studio.names import LONGEST_NAME, needed, new_file, new_folder
from pellucid.studio.room import remove
from pellucid.studio.session import Session
from pellucid.studio.uploads import receive
from pellucid.web.refusal import Refused


def table(rows: int) -> bytes:
    return ("a,b\n" + "".join(f"{n},{n % 2}\n" for n in range(rows))).encode()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    folder = tmp_path / "session"
    folder.mkdir()
    made = Session("one", folder, print)
    yield made
    made.end()


def give(session: Session, name: str, content: bytes, uploads: Uploads | None = None) -> str:
    """Upload a file; the name it got."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    taker = uploads or Uploads(Limits(spare=0))
    taken = taker.take(
        pieces(), session.folder, name, len(content), upload="x", needed=session.needed
    )
    return asyncio.run(taken)[0]


def age(folder: Path) -> None:
    """Let all in a folder be old."""
    for path in folder.iterdir():
        os.utime(path, (1, 1))


def test_another_upload_of_a_name_leaves_the_bench_as_it_is(session: Session) -> None:
    assert give(session, "t.csv", table(60)) == "t.csv"
    session.call(lambda at: at.open(Scene(TableFile("t.csv", "b"))))
    assert give(session, "t.csv", table(100)) == "t 2.csv"
    session.call(lambda at: at.bench.change(hidden=(Dense(3),)))
    assert len(session.bench.data.x) == 60
    assert len(Bench(session.bench.played(), session.folder).data.x) == 60
    assert receive(session.folder, "t 2.csv")["rows"] == 100


def test_a_zip_of_a_name_again_is_another_folder(session: Session) -> None:
    def pack(count: int) -> bytes:
        picture, out = io.BytesIO(), io.BytesIO()
        Image.new("RGB", (16, 16)).save(picture, "PNG")
        with zipfile.ZipFile(out, "w") as archive:
            for name in [f"{kind}/{n}.png" for kind in "ab" for n in range(count)]:
                archive.writestr(name, picture.getvalue())
        return out.getvalue()

    assert receive(session.folder, give(session, "pets.zip", pack(4)))["file"] == "pets"
    session.call(lambda at: at.open(Scene(PictureFolder("pets"))))
    again = receive(session.folder, give(session, "pets.zip", pack(7)))
    assert (again["file"], again["rows"]) == ("pets 2", 14)
    session.call(lambda at: at.bench.change(validation=0.5))
    assert len(session.bench.data.x) == 8


def test_what_is_on_the_bench_or_can_be_gone_back_to_stays(session: Session) -> None:
    uploads = Uploads(Limits(spare=0, upload=1_000, folder=1_000))
    for name, rows in (("undone.csv", 30), ("bench.csv", 40), ("nobody.csv", 50)):
        give(session, name, table(rows), uploads)
    session.call(lambda at: at.open(Scene(TableFile("undone.csv", "b"))))
    session.call(lambda at: at.open(Scene(TableFile("bench.csv", "b"))))
    age(session.folder)
    with pytest.raises(Refused, match="not so much room left"):
        give(session, "more.csv", table(160), uploads)
    assert {path.name for path in session.folder.iterdir()} == {"undone.csv", "bench.csv"}
    assert session.call(lambda at: at.bench.undo()) and session.bench.data.name == "undone"
    session.call(lambda at: at.bench.change(hidden=(Dense(3),)))
    assert len(session.bench.data.x) == 30


@pytest.mark.parametrize("many", [4, 6, 8])
def test_uploads_that_come_together_make_room_for_each_other(tmp_path: Path, many: int) -> None:
    for n in range(6):
        (tmp_path / f"old{n}.csv").write_bytes(bytes(1_000))
        os.utime(tmp_path / f"old{n}.csv", (n, n))
    uploads = Uploads(Limits(spare=0, upload=1_000, folder=6_500))

    async def take(n: int) -> object:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(4):
                await asyncio.sleep(0)  # the others go on
                yield bytes(250)

        return await uploads.take(pieces(), tmp_path, f"new{n}.csv", 1_000)

    async def all_at_once() -> list[object]:
        return await asyncio.gather(*map(take, range(many)), return_exceptions=True)

    found = asyncio.run(all_at_once())
    taken = {one[0] for one in found if isinstance(one, tuple)}
    fit = min(many, 6)
    assert len(taken) == fit, found
    assert sum(isinstance(one, Refused) for one in found) == many - fit
    there = {path.name for path in tmp_path.iterdir()}
    assert {name for name in there if name < "old"} == {
        one[0] for one in found if type(one) is tuple
    }
    assert {name for name in there if name > "old"} == {f"old{n}.csv" for n in range(fit, 6)}
    used = uploads._used[tmp_path]
    assert (used.files, used.bytes, used.coming, used.promised) == (6, 6_000, 0, 0)


def test_a_broken_upload_gives_its_room_back(tmp_path: Path) -> None:
    uploads = Uploads(Limits(spare=0, upload=1_000, folder=1_000))

    async def broken() -> AsyncIterator[bytes]:
        yield bytes(100)
        raise ConnectionResetError

    async def pieces() -> AsyncIterator[bytes]:
        yield bytes(900)

    with pytest.raises(ConnectionResetError):
        asyncio.run(uploads.take(broken(), tmp_path, "a.csv", 1_000))
    used = uploads._used[tmp_path]
    assert (used.all_files, used.all_bytes) == (0, 0)
    assert asyncio.run(uploads.take(pieces(), tmp_path, "b.csv", 1_000)) == ("b.csv", 900)
    assert (used.all_files, used.all_bytes) == (1, 900)


def test_what_has_gone_needs_no_removing(tmp_path: Path) -> None:
    assert remove(tmp_path / "gone.csv") == (0, 0)


def test_what_came_just_now_stays(session: Session) -> None:
    uploads = Uploads(Limits(spare=0, upload=1_000, folder=1_000))
    give(session, "new.csv", table(150), uploads)
    with pytest.raises(Refused, match="not so much room left"):
        give(session, "more.csv", table(150), uploads)
    assert [path.name for path in session.folder.iterdir()] == ["new.csv"]


def test_a_folder_that_is_being_uploaded_stays(session: Session) -> None:
    uploads = Uploads(Limits(spare=0, files=4))
    assert give(session, "pets/a/1.png", b"x", uploads) == "pets/a/1.png"
    assert give(session, "pets/a/2.png", b"x", uploads) == "pets/a/2.png"
    age(session.folder)
    uploads._used.clear()  # it is counted anew
    with pytest.raises(Refused, match="This session has 4 files, as many as it takes"):
        give(session, "pets/a/3.png", b"x", uploads)
    assert len(list(session.folder.rglob("*.png"))) == 2


def test_nothing_goes_where_nobody_knows_what_is_in_use(session: Session) -> None:
    uploads = Uploads(Limits(spare=0, upload=1_000, folder=1_000))
    give(session, "old.csv", table(150), uploads)
    age(session.folder)

    def ended() -> frozenset[str]:
        raise ParameterError("This session has ended.")

    async def pieces() -> AsyncIterator[bytes]:
        yield table(150)

    with pytest.raises(Refused, match="not so much room left"):
        asyncio.run(uploads.take(pieces(), session.folder, "m.csv", 900, needed=ended))
    assert [path.name for path in session.folder.iterdir()] == ["old.csv"]


def test_the_workbench_of_a_session_in_a_lesson_stays(session: Session) -> None:
    give(session, "t.csv", table(60))
    session.call(lambda at: at.open(Scene(TableFile("t.csv", "b"))))
    session.call(lambda at: at.open_lesson("neuron"))
    assert session.needed() == {"t.csv"}
    session.call(lambda at: at.open(MapScene(TableFile("t.csv", "b"))))
    session.call(lambda at: at.open_workbench())
    assert session.needed() == {"t.csv"}


def test_what_a_scene_needs() -> None:
    taken = Scene(TableFile("t.csv", "b"), acts=(Take("p.safetensors"),), model="m.safetensors")
    assert needed(taken) == {"t.csv", "p.safetensors", "m.safetensors"}
    assert needed(MapScene(PictureFolder("pets"))) == {"pets"}
    assert needed(Scene(Sample("mnist"))) == {"mnist"} and needed(Scene(Sample("iris"))) == set()


@pytest.mark.parametrize("name", ["t.csv", "a" * 196 + ".csv", "é" * 98 + ".csv", "x.tar.gz"])
def test_free_names_are_plain_and_short_enough(tmp_path: Path, name: str) -> None:
    got = [new_file(tmp_path, name) for _ in range(11)]
    assert got[0] == name and len(set(got)) == 11 == len(list(tmp_path.iterdir()))
    assert all(is_plain(one) and len(one.encode()) <= LONGEST_NAME for one in got)
    assert {Path(one).suffix for one in got} == {Path(name).suffix}


def test_a_free_name_is_none_of_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    assert (new_folder(tmp_path, "a"), new_folder(tmp_path, "a")) == ("a 2", "a 3")
    assert new_file(tmp_path, "a") == "a 4"

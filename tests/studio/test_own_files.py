"""Files in and out, and step by step, in a real browser on the real server."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.studio.watched import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MOUNT = """async (module) => {
  const from = document.querySelector("script[type=module]").src;
  const load = (name) => import(new URL(`${name}.js`, from).href);
  const { Session } = await load("session");
  const main = document.getElementById("main");
  const session = new Session();
  await session.connect();
  await load("texts/all");
  const found = await load(module);
  main.replaceChildren();
  window.load = load;
  window.mine = session;
  window.lights = [];
  window.opened = [];
  const onLight = (light) => window.lights.push(light);
  const onScene = (scene) => window.opened.push(scene);
  found.mount(main, session, { onLight, onScene });
}"""
ASK = "([what, fields]) => window.mine.ask(what, fields)"


def mounted(page: Page, module: str) -> Page:
    page.wait_for_selector("h1")
    page.evaluate(MOUNT, module)
    return page


def people(folder: Path) -> Path:
    path = folder / "people.csv"
    rows = "".join(f"{20 + n % 40},{n * 7 % 13},{'yes' if n % 3 else 'no'}\n" for n in range(90))
    path.write_text("age,income,bought\n" + rows)
    return path


def status(page: Page) -> dict[str, Any]:
    page.wait_for_function("() => window.mine.status !== null")
    found: dict[str, Any] = page.evaluate("window.mine.status")
    return found


def taken(page: Page, kind: str, folder: Path) -> Path:
    with page.expect_download() as found:
        page.get_by_role("button", name=f"Save {kind}").click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_table_is_chosen_learned_from_saved_and_opened_again(
    pages: Pages, tmp_path: Path, axe: Callable[[Page], None], size: Any
) -> None:
    page = mounted(pages.open(size=size), "upload")
    page.locator("input[type=file]").first.set_input_files(people(tmp_path))
    page.get_by_role("heading", name="people.csv: 90 rows of 3 columns").wait_for()
    assert page.get_by_label("What is to be predicted").input_value() == "bought"
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Learn from it").click()
    page.get_by_text("people.csv is open on the workbench.").wait_for()
    assert page.evaluate("window.opened.length") == 1
    page.evaluate(ASK, ["TakeSteps", {"count": 12}])
    page.wait_for_function("() => window.mine.status.step === 12 && !window.mine.status.playing")
    edit = {"parameter": "dense_1.weight", "place": [0, 0], "value": 0.5}
    page.evaluate(ASK, ["EditWeight", edit])

    page.evaluate("() => document.getElementById('main').replaceChildren()")
    page.evaluate("""async () => (await load("share"))
        .mount(document.getElementById("main"), window.mine)""")
    page.get_by_role("button", name="Save and share").click()
    axe(page)
    scene = taken(page, "The whole scene", tmp_path)
    rows = list(csv.DictReader(io.StringIO(taken(page, "Curves", tmp_path).read_text())))
    assert int(rows[-1]["step"]) <= 12
    with Image.open(taken(page, "Picture (PNG)", tmp_path)) as image:
        assert image.width > 400 and len(image.convert("RGB").getcolors(100_000) or []) > 3
    page.get_by_text("people-network.png was saved").wait_for()
    before = status(page)["scores"]

    other = mounted(pages.open(size=size), "upload")
    other.locator("input[type=file]").first.set_input_files(scene)
    other.get_by_role("heading", name="people.pellucid: a scene that was saved").wait_for()
    other.get_by_role("button", name="Open it").click()
    other.get_by_text("people.pellucid is open on the workbench.").wait_for()
    other.wait_for_function("() => window.mine.status?.step === 12")
    assert status(other)["scores"] == before


def test_pictures_in_folders_and_in_a_zip(pages: Pages, tmp_path: Path) -> None:
    for kind, color in (("cat", "red"), ("dog", "blue")):
        (tmp_path / "pets" / kind).mkdir(parents=True)
        for n in range(4):
            Image.new("RGB", (12 + n, 12), color).save(tmp_path / "pets" / kind / f"{n}.png")
    page = mounted(pages.open(), "upload")
    page.locator("input[type=file]").nth(1).set_input_files(tmp_path / "pets")
    page.get_by_role("heading", name="pets: 8 pictures of 2 classes").wait_for()
    with zipfile.ZipFile(tmp_path / "animals.zip", "w") as archive:
        for path in sorted((tmp_path / "pets").rglob("*.png")):
            archive.write(path, path.relative_to(tmp_path))
    page.locator("input[type=file]").first.set_input_files(tmp_path / "animals.zip")
    page.get_by_role("heading", name="animals: 8 pictures of 2 classes").wait_for()
    page.get_by_role("button", name="Learn from it").click()
    page.get_by_text("animals is open on the workbench.").wait_for()
    page.wait_for_function("() => window.mine.status?.rows === 8")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty.csv is empty: it has no bytes."),
        ("one.csv", b"a,b\n1,2\n", "one.csv has 1 row of data; expected at least 2."),
        ("bad.zip", b"none", "bad.zip is damaged, or no zip file."),
        ("bad.pellucid", b"none", "bad.pellucid is damaged, or no zip file."),
    ],
)
def test_what_is_amiss_is_a_paragraph_on_the_page(
    pages: Pages, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    page = mounted(pages.open(), "upload")
    (tmp_path / name).write_bytes(content)
    page.locator("input[type=file]").first.set_input_files(tmp_path / name)
    page.get_by_role("alert").filter(has_text=words).first.wait_for()
    page.locator("input[type=file]").first.set_input_files(people(tmp_path))
    page.get_by_role("heading", name="people.csv: 90 rows").wait_for()


def test_a_file_of_another_kind_and_one_that_is_too_long(pages: Pages, tmp_path: Path) -> None:
    pages.allow("status of 41[35]")
    page = mounted(pages.open(), "upload")
    (tmp_path / "words.docx").write_bytes(b"none")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "words.docx")
    page.get_by_role("alert").filter(has_text="is of no kind that the studio reads").wait_for()
    with (tmp_path / "long.csv").open("wb") as file:
        file.truncate(120_000_000)
    page.locator("input[type=file]").first.set_input_files(tmp_path / "long.csv")
    page.get_by_role("alert").filter(has_text="at most 100 MB are taken").wait_for(timeout=60_000)


def test_another_file_takes_the_place_of_one_on_its_way(pages: Pages, tmp_path: Path) -> None:
    page = mounted(pages.open(), "upload")
    stopped: list[str] = []
    page.on("requestfailed", lambda request: stopped.append(request.url))
    page.route(re.compile("files.name=first"), lambda route: None)  # it never arrives
    choose = page.locator("input[type=file]").first
    choose.set_input_files(people(tmp_path).rename(tmp_path / "first.csv"))
    page.get_by_text("Uploading first.csv").wait_for()
    choose.set_input_files(people(tmp_path))
    page.get_by_role("heading", name="people.csv: 90 rows").wait_for()
    assert [re.search(r"name=(\w+)", one)[1] for one in stopped] == ["first"]  # type: ignore[index]


def test_what_was_dropped_and_cannot_be_read_is_told(pages: Pages) -> None:
    page = mounted(pages.open(), "upload")
    page.evaluate("""() => {
      const file = (found, lost) => lost(new DOMException("gone", "NotFoundError"));
      const entry = { isFile: true, fullPath: "/people.csv", file };
      const event = new Event("drop");
      event.dataTransfer = { items: [{ webkitGetAsEntry: () => entry }] };
      document.querySelector(".upload-zone").dispatchEvent(event);
    }""")
    page.get_by_role("alert").filter(has_text="What you dropped could not be read").wait_for()


def test_step_by_step_with_the_keyboard_alone(pages: Pages, axe: Callable[[Page], None]) -> None:
    page = mounted(pages.open(size="phone"), "panels/steps")
    page.get_by_role("heading", level=4).wait_for()
    axe(page)
    card = page.locator(".steps-card")
    card.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert "4 of" in page.locator(".steps-at").inner_text()
    assert page.locator(".steps-card math").count() > 2
    page.keyboard.press("End")
    page.wait_for_function("() => window.lights.at(-1)?.phase === 'update'")
    light = page.evaluate("window.lights.at(-1)")
    assert light["weight"]["parameter"] == "dense_1.bias"
    page.keyboard.press("Home")
    page.get_by_role("button", name="Loss", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.lights.at(-1)?.phase === 'loss'")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_weight_that_is_told_of_is_lit_in_the_picture(pages: Pages) -> None:
    page = mounted(pages.open(), "panels/steps")
    page.locator(".steps-picture .nv-unit").first.wait_for()
    page.get_by_role("button", name="Forward", exact=True).click()
    page.locator(".steps-picture .nv-dimmed").wait_for()
    page.get_by_role("button", name="Update", exact=True).click()
    page.locator(".steps-picture .nv-half").wait_for()
    page.get_by_role("button", name="Inputs", exact=True).click()
    page.locator(".steps-picture .nv-paper:not(.nv-half):not(.nv-dimmed)").wait_for()


def test_what_is_copied_is_the_whole_explanation(pages: Pages) -> None:
    page = mounted(pages.open(), "panels/steps")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("heading", level=4).wait_for()
    page.get_by_role("button", name="Markdown").click()
    page.get_by_text("Copied").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("# A training step, worked out") and "\\begin{aligned}" in text


def test_after_a_step_the_numbers_are_new(pages: Pages) -> None:
    page = mounted(pages.open(), "panels/steps")
    page.get_by_text("after 0 steps").wait_for()
    page.evaluate(ASK, ["TakeSteps", {"count": 5}])
    page.get_by_text("after 5 steps").wait_for()


def test_what_came_is_brought_before_the_eyes(pages: Pages, tmp_path: Path) -> None:
    page = pages.open("/workbench")
    page.locator(".own-data > summary").click()
    file = page.locator(".own-data input[type=file]").first
    file.set_input_files(people(tmp_path))
    page.get_by_role("button", name="Learn from it").wait_for()
    assert page.evaluate("document.activeElement.textContent").startswith("people.csv: 90 rows")
    cut = page.locator(".upload-scroll").evaluate("(one) => one.scrollWidth - one.clientWidth")
    assert cut == 0  # the last column is how many values a column misses
    for name in ("#upload-target", ".upload-found .button.main"):
        page.wait_for_function(SEEN, arg=name)
    (tmp_path / "empty.csv").write_bytes(b"")
    page.locator(".sample-tiles").scroll_into_view_if_needed()
    file.set_input_files(tmp_path / "empty.csv")
    page.get_by_role("alert").filter(has_text="empty.csv is empty").wait_for()
    page.wait_for_function(SEEN, arg=".upload-wrong p")
    assert page.evaluate("document.activeElement.textContent").startswith("empty.csv is empty")


SEEN = """(name) => {
  const found = document.querySelector(name);
  const box = found.getBoundingClientRect();
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return box.top >= 0 && box.bottom <= innerHeight && found.contains(at);
}"""

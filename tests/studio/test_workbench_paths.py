"""The workbench in a real browser, on its main paths: own data, learn, rewind, edit, take away."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.studio.watched import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

CSV = "height,weight,kind\n" + "\n".join(
    f"{h:.1f},{w:.1f},{'cat' if h + w < 40 else 'dog'}"
    for h, w in np.random.default_rng(0).uniform(10, 30, (60, 2))
)


@pytest.fixture
def bench(pages: Pages) -> Page:
    return ready(pages.open("workbench"))


def ready(page: Page) -> Page:
    """Wait until the workbench stands, with what is to be played."""
    page.get_by_role("group", name="Samples").wait_for()
    page.get_by_role("group", name="The network", exact=True).first.wait_for()
    page.locator(".standing").filter(has_text="Step").wait_for()
    return page


def stands_at(page: Page, step: str) -> None:
    """Wait until the bar tells of a step, a regular expression."""
    page.locator(".standing").filter(has_text=re.compile(rf"Step {step} ")).first.wait_for()


def step_of(page: Page) -> int:
    """The step that the bar tells of."""
    found = re.search(r"Step ([\d,]+)", page.locator(".standing").inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def button(page: Page, name: str) -> Locator:
    """The button of a name."""
    return page.get_by_role("button", name=name, exact=True)


def learn(page: Page, least: int = 20) -> int:
    """Play until so many steps were taken, then pause; where it stands."""
    before = step_of(page)
    button(page, "Play").click()
    for _ in range(200):
        if step_of(page) >= before + least:
            break
        page.wait_for_timeout(50)
    button(page, "Pause").click()
    button(page, "Play").wait_for()
    page.wait_for_timeout(150)
    assert step_of(page) >= before + least
    return step_of(page)


def loss(page: Page) -> str:
    """The loss, as the bar tells it."""
    found = re.search(r"loss (\S+)", page.locator(".scores").inner_text())
    assert found is not None
    return found[1]


def uploaded(page: Page, name: str, body: bytes | str, kind: str = "text/csv") -> None:
    """Give the page a file, as a reader does who chooses one."""
    page.get_by_text("Your own table or pictures").click()
    given(page, name, body, kind)


def given(page: Page, name: str, body: bytes | str, kind: str = "") -> None:
    """The same where the place for files is open."""
    field = page.locator(".upload input[type=file]").first
    data = body.encode() if isinstance(body, str) else body
    field.set_input_files({"name": name, "mimeType": kind, "buffer": data})


def seek(page: Page, step: int) -> None:
    """Move the slider of time."""
    page.get_by_role("slider", name="Go to any step").evaluate(
        "(one, to) => { one.value = to; one.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(step),
    )
    stands_at(page, str(step))
    page.wait_for_timeout(150)


def test_own_table_learned_from_rewound_edited_branched_and_taken_away(
    bench: Page, tmp_path: Path
) -> None:
    uploaded(bench, "pets.csv", CSV)
    bench.get_by_text("60 rows of 3 columns").wait_for()
    button(bench, "Learn from it").click()
    bench.get_by_text("60 rows, 2 classes").first.wait_for()
    stands_at(bench, "0")
    first = loss(bench)
    last = learn(bench, 40)
    assert loss(bench) != first
    seek(bench, 0)
    assert loss(bench) == first  # the same numbers again
    seek(bench, 20)
    at_20 = loss(bench)
    unit = bench.get_by_role("group", name="The network", exact=True).get_by_role("button").nth(2)
    unit.focus()
    bench.keyboard.press("Enter")
    weight = bench.get_by_role("textbox", name=re.compile("^weight from")).first
    weight.wait_for()
    weight.fill("2.5")
    weight.press("Enter")
    bench.get_by_role("button", name=re.compile("^Undo")).wait_for()
    bench.wait_for_timeout(300)
    assert loss(bench) != at_20
    branched = learn(bench, 10)
    assert branched < last + 1_000_000
    bench.keyboard.press("Escape")
    button(bench, "Save and share").click()
    for kind, ending in (("ONNX file", ".onnx"), ("The whole scene", ".pellucid")):
        with bench.expect_download() as taken:
            bench.get_by_role("button", name=f"Save {kind}").click()
        taken.value.save_as(tmp_path / f"taken{ending}")
        assert taken.value.suggested_filename.endswith(ending)
    answers_as_shown(tmp_path / "taken.onnx")
    step, shown = step_of(bench), loss(bench)
    again = ready(new_tab(bench))
    uploaded(again, "taken.pellucid", (tmp_path / "taken.pellucid").read_bytes(), "")
    button(again, "Open it").click()
    stands_at(again, str(step))
    again.wait_for_timeout(300)
    assert loss(again) == shown


def new_tab(page: Page) -> Page:
    """Another tab of the same visitor: a session of its own."""
    other = page.context.new_page()
    other.goto(page.url)
    return other


def answers_as_shown(file: Path) -> None:
    """The ONNX file computes one of the classes for a row in the user's units."""
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    given: dict[str, Any] = {}
    for one in session.get_inputs():
        value = 12.0 if one.name != "weight" else 11.0
        shape = [1 if not isinstance(n, int) else n for n in one.shape]
        kind = np.float64 if "double" in one.type else np.float32
        given[one.name] = np.full(shape, value, kind)
    found = [np.asarray(value).ravel().tolist() for value in session.run(None, given)]
    assert any("cat" in [str(cell) for cell in value] for value in found), found


def click_at(ground: Locator, across: float, down: float) -> None:
    """Click a place of a picture, told as shares of its sides."""
    box = ground.bounding_box()
    assert box is not None
    ground.click(position={"x": box["width"] * across, "y": box["height"] * down})


def test_points_are_drawn_and_learned(bench: Page) -> None:
    panel = bench.locator(".wb-boundary")
    button(bench, "Draw").click()
    button(bench, "Start empty").wait_for()
    ground = panel.get_by_role("application")
    for k in range(4):
        click_at(ground, 0.25 + 0.08 * k, 0.75)
        bench.get_by_text(f"{201 + k} rows").first.wait_for()
    learn(bench)
    button(bench, "Start empty").click()
    button(bench, "Draw points of class 0").click()
    for k in range(6):
        if k == 3:
            button(bench, "Draw points of class 1").click()
        click_at(ground, 0.3 + 0.15 * (k % 3), 0.25 if k < 3 else 0.7)
    bench.get_by_text("6 rows, 2 classes").first.wait_for()
    learn(bench)
    assert "100.0 %" in bench.locator(".scores").inner_text()


def test_by_keyboard_alone(bench: Page) -> None:
    def tab_to(what: Locator, most: int = 80) -> None:
        for _ in range(most):
            bench.keyboard.press("Tab")
            if what.count() and what.first.evaluate("(one) => one === document.activeElement"):
                return
        raise AssertionError(f"{what} is not reached by the Tab key")

    tab_to(button(bench, "Play"))
    bench.keyboard.press("Enter")
    button(bench, "Pause").wait_for()
    bench.keyboard.press("Enter")
    button(bench, "Play").wait_for()
    tab_to(bench.get_by_role("slider", name="Go to any step"))
    bench.keyboard.press("Home")
    stands_at(bench, "0")
    tab_to(button(bench, "XOR"))
    bench.keyboard.press("Enter")
    bench.get_by_text("4 rows, 2 classes").wait_for()
    tab_to(bench.get_by_role("button", name="One unit more").first)
    bench.keyboard.press("Enter")
    bench.get_by_role("button", name="Dense 7").wait_for()
    tab_to(bench.get_by_role("tab", selected=True))
    bench.keyboard.press("ArrowRight")
    assert bench.get_by_role("tab", selected=True).inner_text() != "Data"
    bench.keyboard.press("Control+z")
    bench.get_by_role("button", name="Dense 6").wait_for()


def test_undo_in_a_weight_s_field_is_its_own_only_while_one_types(bench: Page) -> None:
    def shows(text: str) -> None:
        bench.wait_for_function("(text) => document.activeElement.value === text", arg=text)

    def is_as_at_first(same: bool) -> None:
        bench.wait_for_function(
            """([loss, same]) => same ===
              document.querySelector(".scores").innerText.includes(`loss ${loss}\n`)""",
            arg=[first, same],
        )

    def type_over(text: str) -> None:
        bench.keyboard.press("Control+a")
        bench.keyboard.type(text)

    bench.locator('.nv-unit[data-stage="1"][data-unit="1"]').click()
    field = bench.get_by_role("textbox", name=re.compile("^weight from")).first
    first, before = loss(bench), field.input_value()
    field.focus()
    type_over("7")
    bench.keyboard.press("Enter")
    is_as_at_first(False)
    type_over("9")
    bench.keyboard.press("Control+z")
    shows("7")
    is_as_at_first(False)
    type_over("7")
    bench.keyboard.press("Enter")
    for _ in range(3):
        bench.keyboard.press("Control+z")
    shows(before)
    is_as_at_first(True)
    bench.keyboard.press("ArrowUp")
    is_as_at_first(False)
    bench.keyboard.press("Control+z")
    shows(before)
    is_as_at_first(True)


def test_each_tab_shows_something(pages: Pages, bench: Page) -> None:
    learn(bench)
    names = bench.get_by_role("tab").all_inner_texts()
    assert len(names) > 6
    for name in names:
        bench.get_by_role("tab", name=name, exact=True).click()
        body = bench.get_by_role("tabpanel")
        bench.wait_for_function(
            "() => document.querySelector('[role=tabpanel]').innerText.trim().length > 10"
        )
        bench.wait_for_timeout(200)  # what is drawn late has its faults, too
        assert "undefined" not in body.inner_text() and "NaN" not in body.inner_text(), name
        assert pages.faults == [], name
        tall = bench.evaluate("[document.scrollingElement.scrollHeight, innerHeight]")
        assert tall[0] == tall[1], name


def test_each_sample_can_be_learned_from(pages: Pages, bench: Page) -> None:
    for name in bench.get_by_role("group", name="Samples").get_by_role("button").all_inner_texts():
        bench.get_by_role("group", name="Samples").get_by_role(
            "button", name=name, exact=True
        ).click()
        stands_at(bench, "0")
        bench.wait_for_timeout(200)
        button(bench, "One step").click()
        stands_at(bench, "1")
        assert pages.faults == [], name


def test_a_reload_keeps_all(bench: Page) -> None:
    learn(bench)
    step, shown = step_of(bench), loss(bench)
    bench.reload()
    ready(bench)
    stands_at(bench, f"{step:,}")
    bench.wait_for_timeout(300)
    assert loss(bench) == shown
    assert bench.get_by_role("slider", name="Go to any step").is_enabled()


def test_from_a_lesson_back_to_the_bench(bench: Page) -> None:
    button(bench, "XOR").click()
    bench.get_by_text("4 rows, 2 classes").wait_for()
    learn(bench)
    step = step_of(bench)
    bench.get_by_role("navigation").get_by_text("Lessons").click()
    bench.get_by_role("main").get_by_role("link").first.click()
    bench.locator(".stage").first.wait_for()
    bench.get_by_role("navigation").get_by_text("Workbench").click()
    ready(bench)
    bench.get_by_text("4 rows, 2 classes").wait_for()
    stands_at(bench, str(step))


NO_FILES = {
    "empty.csv": b"",
    "picture.csv": bytes(range(256)) * 20,
    "one.csv": b"a\n1\n",
    "cut.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "cut.zip": b"PK\x03\x04" + b"\0" * 100,
    "newer.pellucid": b'{"version": 99}',
    "model.safetensors": b"\xff" * 200,
    "words.txt": b"just some words, and no table",
}


@pytest.mark.parametrize("name", NO_FILES)
def test_a_file_that_is_none_has_its_answer(pages: Pages, bench: Page, name: str) -> None:
    pages.allow(r"status of 4\d\d")
    bench.get_by_text("Your own table or pictures").click()
    given(bench, name, NO_FILES[name])
    told = bench.locator(".upload-wrong, .upload-found .problem, .upload-found")
    told.filter(has_text=name).first.wait_for()
    start = button(bench, "Learn from it").or_(button(bench, "Open it"))
    if start.count() and start.first.is_enabled():
        start.first.click()
        bench.locator(".upload-wrong").filter(has_text=re.compile(r"\w{3}")).wait_for()
    words = bench.locator(".upload").inner_text()
    assert "Traceback" not in words and "failed to do this" not in words, words
    learn(bench)


def test_on_a_phone_it_can_be_played(pages: Pages) -> None:
    page = pages.open("workbench", "phone")
    page.locator(".standing").filter(has_text="Step").wait_for()
    button(page, "Play").tap()
    stands_at(page, r"[1-9][\d,]*")
    button(page, "Pause").tap()
    button(page, "Play").wait_for()
    assert step_of(page) > 0
    page.locator(".fold-data summary").first.tap()
    button(page, "XOR").tap()
    page.get_by_text("4 rows, 2 classes").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_the_truth_table_of_numbers_tells_how_far_each_is_off(bench: Page) -> None:
    arrays, place = io.BytesIO(), np.arange(12.0)
    np.savez(arrays, x=np.stack([place, place**2 % 7], axis=1), y=2.5 * place + 0.25)
    uploaded(bench, "few.npz", arrays.getvalue(), "")
    button(bench, "Learn from it").click()
    bench.get_by_text("12 rows").first.wait_for()
    bench.get_by_role("tab", name="Truth table").click()
    table = bench.get_by_role("tabpanel").locator("table")
    table.wait_for()
    assert table.locator("tbody tr").count() == 12
    assert re.search(r"\d", table.locator("tbody tr").last.inner_text())


def test_the_controls_come_where_the_line_broke_before_them(pages: Pages) -> None:
    page = pages.blank()
    lines: list[Any] = []

    def join(line: Any) -> None:
        lines.append(line)
        server = line.connect_to_server()

        def hear(text: Any) -> None:
            if "TellChoices" in text and len(lines) == 1:
                line.close()
                server.close()
            else:
                server.send(text)

        line.on_message(hear)

    page.route_web_socket(re.compile("/socket$"), join)
    page.goto(f"{pages.studio.origin}/workbench")
    ready(page)
    assert len(lines) == 2
    assert page.locator(".fold-network").count() == 1


def quickly(page: Page, *acts: str) -> None:
    """Do things one right after the other, with no answer in between."""
    page.evaluate(f"() => {{ {' '.join(acts)} }}")


def set_to(name: str, value: str) -> str:
    """Type a value into a field, as a script."""
    return (
        f"{{ const one = document.querySelector('[data-key=\"{name}\"]'); one.value = '{value}';"
        " one.dispatchEvent(new Event('change')); }"
    )


def test_of_quick_changes_each_counts(bench: Page) -> None:
    press = "document.querySelector('[data-key=\"more.0\"]').click();"
    quickly(bench, press, press, press)
    bench.wait_for_function("() => document.querySelector('[data-key=\"units.0\"]').value === '9'")
    quickly(bench, set_to("learning.l1", "0.25"), set_to("learning.l2", "0.5"))
    bench.wait_for_function("""() => ["l1", "l2"].map((name) =>
        document.querySelector(`[data-key="learning.${name}"]`).value).join() === "0.25,0.5" """)
    press = "document.querySelector('[data-key=\"remove.0\"]').click();"
    before = bench.locator(".layers > li").count()
    quickly(bench, press, press)  # a double click takes one layer away
    bench.wait_for_function(
        "(many) => document.querySelectorAll('.layers > li').length === many", arg=before - 1
    )

"""The shell of the pages: what leads where, what is said of the connection, what fails alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pellucid.studio.limits import Limits
from tests.studio.serving import serving
from tests.studio.talking import Visitor
from tests.studio.watched import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATIC = Path(__file__).parents[2] / "src/pellucid/studio/static"
LOST = "The connection to the studio is lost"


def settled(page: Page) -> Page:
    page.locator("h1").first.wait_for()
    page.wait_for_timeout(300)
    return page


@pytest.mark.browser
def test_the_skip_link_leads_into_the_page_and_changes_nothing(pages: Pages) -> None:
    page = settled(pages.open("lessons/2"))
    page.locator(".stage .playbar").first.wait_for()
    page.evaluate("document.querySelector('.stage').dataset.seen = 'once'")
    page.evaluate("document.body.focus()")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'main'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.go_back()
    page.wait_for_timeout(200)
    assert page.locator(".stage[data-seen=once]").count() == 1


@pytest.mark.browser
def test_a_full_studio_is_told_and_asked_again_now_and_then(browser: Browser) -> None:
    most = Limits().sessions
    with serving() as studio:
        visitor = Visitor(studio.origin, studio.cookies)
        talks = [visitor.talk() for _ in range(most)]
        pages = Pages(browser, studio)
        page = pages.context().new_page()
        asked: list[Any] = []
        page.on("websocket", lambda line: asked.append(line))
        page.clock.install()
        page.goto(f"{studio.origin}/workbench")
        page.get_by_text(f"{most} sessions").wait_for()
        page.clock.run_for(10_000)
        page.wait_for_timeout(300)
        assert page.get_by_text(f"{most} sessions").count() == 1
        assert page.get_by_text(LOST).count() == 0
        assert len(asked) == 1
        page.clock.run_for(10_000)
        page.wait_for_timeout(300)
        assert len(asked) == 2
        assert page.get_by_text(f"{most} sessions").count() == 1
        assert pages.faults == []
        pages.close()
        for talk in talks:
            talk.close()


@pytest.mark.browser
def test_another_version_is_told_and_not_asked_again(pages: Pages) -> None:
    page = pages.context().new_page()
    asked: list[Any] = []

    def join(line: Any) -> None:
        asked.append(line)
        server = line.connect_to_server()
        line.on_message(lambda text: server.send(re.sub(r'"hello": ?\d+', '"hello":99', text)))

    page.route_web_socket(re.compile("/socket$"), join)
    page.clock.install()
    page.goto(f"{pages.studio.origin}/lessons")
    page.get_by_text("Reload the page").wait_for()
    page.clock.run_for(60_000)
    page.wait_for_timeout(300)
    assert page.get_by_text("Reload the page").count() == 1
    assert page.get_by_text(LOST).count() == 0
    assert len(asked) == 1


class Held:
    """Files of a page that are kept back until they are let go, or fail."""

    def __init__(self, page: Page, pattern: str) -> None:
        self._page, self._routes = page, list[Any]()
        page.route(re.compile(pattern), lambda route: self._routes.append(route))

    def let_go(self) -> None:
        """Let them arrive now, and what is asked for later at once."""
        for route in self._routes:
            route.continue_()
        self._page.unroute_all()

    def fail(self) -> None:
        """They do not arrive; what is asked for later does."""
        for route in self._routes:
            route.abort()
        self._page.unroute_all()


BROUGHT = """async (name) => {
  const main = document.querySelector("script[type=module]").src;
  await import(new URL(name, main).href);
}"""


def only_watches(page: Page) -> None:
    """Have the studio's welcome tell the page that it may watch and do nothing."""

    def join(line: Any) -> None:
        server = line.connect_to_server()
        told = '"watching":true'
        server.on_message(
            lambda text: line.send(
                re.sub(r'"watching": ?false', told, text) if isinstance(text, str) else text
            )
        )

    page.route_web_socket(re.compile("/socket$"), join)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "module"),
    [("", "home"), ("workbench", "workbench"), ("lessons", "lessons"), ("lessons/1", "lesson")],
)
def test_a_viewer_sees_the_page_to_watch_whatever_the_address(
    pages: Pages, path: str, module: str
) -> None:
    page = pages.context().new_page()
    only_watches(page)
    held = Held(page, rf"/pages/{module}\.js")
    page.goto(f"{pages.studio.origin}/{path}", wait_until="commit")
    page.get_by_role("heading", name="You are watching").wait_for()
    held.let_go()
    page.evaluate(BROUGHT, f"pages/{module}.js")
    assert page.locator("#main").get_attribute("class") == "page-watch"
    assert page.locator("h1").all_inner_texts() == ["You are watching"]
    assert page.locator(".notice").count() == 0


@pytest.mark.browser
def test_of_pages_chosen_quickly_only_the_last_is_there(pages: Pages) -> None:
    page = settled(pages.open("lessons"))
    held = Held(page, r"/pages/workbench\.js")
    page.get_by_role("link", name="Workbench").click()
    page.get_by_role("link", name="Lessons").click()
    page.get_by_role("link", name="Workbench").click()
    held.let_go()
    page.locator(".playbar").wait_for()
    page.evaluate(BROUGHT, "pages/workbench.js")
    assert page.locator("main > .workbench").count() == 1
    asked = page.evaluate(
        """async () => {
          const { session } = await import(document.querySelector("script[type=module]").src);
          const asked = [];
          session.tell = (what) => asked.push(what);
          document.dispatchEvent(new KeyboardEvent("keydown", { key: "z", ctrlKey: true }));
          return asked;
        }"""
    )
    assert asked == ["Undo"]


@pytest.mark.browser
def test_a_page_that_does_not_arrive_is_told_and_the_others_are_there(pages: Pages) -> None:
    pages.allow("Failed to load resource|Failed to fetch dynamically imported module")
    page = settled(pages.open("lessons"))
    held = Held(page, r"/pages/workbench\.js")
    page.get_by_role("link", name="Workbench").click()
    held.fail()
    page.get_by_text("A part of the page did not arrive").wait_for()
    assert page.get_by_role("heading", name="Lessons").count() == 1
    page.get_by_role("link", name="Pellucid").click()
    page.get_by_role("heading", name="Neural networks you can see through").wait_for()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("workbench", r"/js/share\.js"), ("workbench", r"/panels/curves\.js"),
        ("lessons", r"/lessons\.json"), ("lessons/1", r"/lessons\.json"),
    ],
)  # fmt: skip
def test_a_part_that_does_not_arrive_is_told(pages: Pages, path: str, file: str) -> None:
    pages.allow("Failed to load resource|Failed to fetch dynamically imported module")
    page = pages.context().new_page()
    page.route(re.compile(file), lambda route: route.abort())
    page.goto(f"{pages.studio.origin}/{path}")
    page.get_by_text("A part of the page did not arrive").wait_for()


@pytest.fixture
def node(tmp_path: Path) -> Any:
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")
    shutil.copytree(STATIC / "js", tmp_path / "js")
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def run(script: str) -> tuple[Any, str]:
        path = tmp_path / "script.js"
        path.write_text(script, encoding="utf-8")
        done = subprocess.run([program, str(path)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    return run


def test_a_listener_that_fails_leaves_the_others_alone(node: Any) -> None:
    heard, faults = node(
        """
        import { Session } from "./js/session.js";
        const session = new Session();
        const heard = [];
        const fail = () => { throw new Error("out of ink"); };
        session.watch("network", fail);
        session.watch("network", (value) => heard.push(value));
        session.on("status", fail);
        session.on("status", (status) => heard.push(status.step));
        for (const step of [1, 2]) {
          session.fresh.set("network", { name: "network", value: step * 10 });
          session.fresh.set("", { type: "status", step });
          session.draw();
        }
        console.log(JSON.stringify(heard));
        """
    )
    assert heard == [10, 1, 20, 2]
    assert faults.count("out of ink") == 1


def test_after_a_file_that_is_refused_no_other_is_sent(node: Any) -> None:
    told, _ = node(
        """
        import { sent } from "./js/files.js";
        const asked = [];
        globalThis.XMLHttpRequest = class {
          upload = {};
          open(_, address) { this.name = new URLSearchParams(address.split("?")[1]).get("name"); }
          send() { asked.push(this); }
          abort() {
            if (this.status) return;
            this.aborted = true;
            this.onabort();
          }
          answer(status, told) {
            Object.assign(this, { status, responseText: JSON.stringify(told) });
            this.onload();
          }
        };
        const files = [..."abcdefgh"].map((name) => ({ name, file: { size: 1 } }));
        const cancel = new AbortController();
        const end = sent("session", files, () => {}, cancel).catch((error) => error.message);
        asked[1].answer(415, { error: "b is no picture." });
        const said = await end;
        const names = asked.map((one) => one.name).join("");
        const stopped = asked.filter((one) => one.aborted).map((one) => one.name).join("");
        console.log(JSON.stringify([said, names, stopped]));
        """
    )
    assert told == ["b is no picture.", "abcd", "acd"]


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_term_tells_its_meaning_when_it_is_pressed(pages: Pages, size: Any) -> None:
    page = pages.open("workbench", size)
    word = page.locator(".playbar .term", has_text="loss").first
    tip = page.locator(".term-tip")
    word.tap() if size == "phone" else word.focus()
    if size == "desk":
        page.keyboard.press("Enter")
    tip.wait_for()
    assert (
        tip.inner_text() == "How wrong the predictions are, in one number: learning makes it small"
    )
    box = tip.bounding_box()
    assert box is not None and box["x"] >= 0
    assert box["x"] + box["width"] <= page.evaluate("innerWidth")
    page.get_by_role("button", name="One step").first.click()
    tip.wait_for(state="hidden")
    page.wait_for_function("() => document.querySelector('.standing').textContent.includes('1')")
    word.click()
    tip.wait_for()
    word.click()
    tip.wait_for(state="hidden")

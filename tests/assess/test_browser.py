"""The page in a real browser: a click on a cell opens its rows, and the keyboard does too."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from pellucid import Network, assess, data

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--disable-background-networking", "--virtual-time-budget=3000", "--dump-dom",
)  # fmt: skip

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page() -> str:
    training, test = data.load("wine").split(0.4)
    net = Network(hidden=[4], seed=0)
    net.fit(*training, epochs=3)
    return assess.report(net, *test).html()


def after(page: str, program: str, folder: Path, fragment: str = "") -> str:
    """The page as the browser has it once a program was run in it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no browser is installed")
    allowed = b64encode(sha256(program.encode()).digest()).decode()
    page = page.replace("script-src ", f"script-src 'sha256-{allowed}' ", 1)
    page = page.replace("</body>", f"<script>{program}</script></body>")
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    run = subprocess.run(
        [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"{path.as_uri()}{fragment}"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return run.stdout


def opened(found: str) -> list[str]:
    """The panels that can be seen."""
    panels = re.findall(r'<div id="(cases-\d+)" data-panel=""( hidden="")?>', found)
    assert len(panels) > 2
    return [name for name, hidden in panels if not hidden]


def cell(page: str, number: int) -> str:
    found: list[str] = re.findall(r'data-open="(cases-\d+)"', page)
    return found[number]


def test_at_first_the_most_frequent_mistake_is_open(page: str, tmp_path: Path) -> None:
    found = after(page, "1;", tmp_path)
    (wanted,) = re.findall(r'data-open="(cases-\d+)" data-first', page)
    assert opened(found) == [wanted]


def test_a_click_opens_the_cell_and_no_other(page: str, tmp_path: Path) -> None:
    wanted = cell(page, -1)
    program = f"document.querySelector('[data-open={wanted}]').click();"
    found = after(page, program, tmp_path)
    assert opened(found) == [wanted]
    told = dict(re.findall(r'data-open="(cases-\d+)"[^>]*aria-expanded="(\w+)"', found))
    assert [name for name, state in told.items() if state == "true"] == [wanted]


def test_escape_closes_and_arrows_go_to_the_next_cell(page: str, tmp_path: Path) -> None:
    first, second = cell(page, 0), cell(page, 1)
    program = (
        f"const one = document.querySelector('[data-open={first}]'); one.click();"
        "const press = (on, key) => on.dispatchEvent("
        "new KeyboardEvent('keydown', {key, bubbles: true}));"
        "press(one, 'ArrowRight');"
        "document.body.dataset.focused = document.activeElement.dataset.open;"
        "press(document.activeElement, 'Escape');"
    )
    found = after(page, program, tmp_path)
    assert opened(found) == []
    (focused,) = re.findall(r'data-focused="(cases-\d+)"', found)
    assert focused != first
    row = page.split(f'data-open="{first}"')[1].split("</tr>")[0]
    if f'data-open="{second}"' in row:
        assert focused == second


def test_an_address_with_a_cell_opens_it(page: str, tmp_path: Path) -> None:
    wanted = cell(page, -1)
    assert opened(after(page, "1;", tmp_path, f"#{wanted}")) == [wanted]


def test_a_foreign_program_is_not_run(page: str, tmp_path: Path) -> None:
    spoiled = page.replace("</main>", "</main><script>document.title = 'run'</script>")
    assert "<title>run</title>" not in after(spoiled, "1;", tmp_path)
    allowed = after(page, "document.title = 'run'", tmp_path)
    assert "<title>run</title>" in allowed


def test_the_network_is_drawn_and_its_units_are_named(page: str, tmp_path: Path) -> None:
    found = after(page, "", tmp_path)
    names = re.findall(r'<button class="nv-unit"[^>]*aria-label="([^"]*)"', found)
    assert len(names) == 13 + 4 + 3
    assert names[0].startswith("input x1, ") and names[13].startswith("dense_1, unit 0, output")
    assert "switched off" not in found

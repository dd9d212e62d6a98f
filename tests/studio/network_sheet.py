"""The network view alone on a page, fed frozen numbers: no server, no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

STATIC = Path(__file__).parents[2] / "src/pellucid/studio/static"
HOST = "http://localhost"
KINDS = {".js": "text/javascript", ".css": "text/css"}
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Network</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/static/css/theme.css">
<link rel="stylesheet" href="/static/css/app.css">
<link rel="stylesheet" href="/static/css/network.css"></head>
<body><main><h1>Network</h1><div class="card"><div id="host"></div></div></main>
<script type="module">
import "/static/js/texts/all.js";
import { NetworkView } from "/static/js/network/view.js";
const { value, frozen } = await (await fetch("/value.json")).json();
window.edits = [];
const kept = (...all) => window.edits.push(all);
const options = frozen ? {} : { onEdit: kept, onKnock: kept, onChoose: kept };
window.view = new NetworkView(document.getElementById("host"), options);
window.view.update(value);
window.value = value;
requestAnimationFrame(() => requestAnimationFrame(() => (window.ready = true)));
</script></body></html>"""


class Sheet:
    """A page with one network on it.

    Parameters:
        beside: more scripts, by path.

    Attributes:
        faults: errors on it, and requests beyond it.
    """

    def __init__(
        self, browser: Browser, value: dict[str, Any], *, size: tuple[int, int] = (1440, 900),
        scheme: Any = "light", frozen: bool = False, still: bool = False,
        beside: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.faults: list[str] = []
        self._beside = beside or {}
        self._value = json.dumps({"value": value, "frozen": frozen})
        self._context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme,
            has_touch=size[0] < 500, reduced_motion="reduce" if still else "no-preference",
        )  # fmt: skip
        self.page: Page = self._context.new_page()
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.route("**/*", self._serve)
        self.page.goto(f"{HOST}/")
        self.page.wait_for_function("window.ready")

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOST).split("?")[0]
        file = STATIC / path.removeprefix("/static/")
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html")
        elif path == "/value.json":
            route.fulfill(body=self._value, content_type="application/json")
        elif path in self._beside:
            route.fulfill(body=self._beside[path], content_type=KINDS[".js"])
        elif path == "/favicon.ico":
            route.fulfill(status=204)
        elif path.startswith("/static/") and file.is_file():
            route.fulfill(body=file.read_text(encoding="utf-8"), content_type=KINDS[file.suffix])
        else:
            self.faults.append(f"asked for {route.request.url}")
            route.abort()

    def unit(self, stage: int, unit: int) -> Any:
        """The button of a unit."""
        return self.page.locator(f'.nv-unit[data-stage="{stage}"][data-unit="{unit}"]')

    def edits(self) -> list[Any]:
        """What the view asked for."""
        found: list[Any] = self.page.evaluate("window.edits")
        return found

    def line(self, stage: int, start: int, to: int, share: float = 0.15) -> tuple[float, float]:
        """A point of a line, on the page."""
        x, y = self.page.evaluate(
            """async ([stage, from, to, share]) => {
              const { along } = await import("/static/js/network/lines.js");
              const lines = view.drawing.lines[stage - 1];
              const at = lines.from.findIndex((f, k) => f === from && lines.to[k] === to);
              return along(lines.ends, at, view.whole.narrow, share);
            }""",
            [stage, start, to, share],
        )
        box = self.page.locator(".nv-paper").bounding_box()
        assert box is not None
        return box["x"] + x, box["y"] + y

    def close(self) -> None:
        """Done; nothing may have gone wrong."""
        self._context.close()
        assert self.faults == []

"""The page: nothing from elsewhere, nothing of a stranger's runs, and calls that work as shown."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import shlex
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from pellucid import Network
from pellucid.serve import application
from pellucid.serve.app import Application
from tests.serve.asking import array_model, ask, dates_model, picture_model, table_model

MODELS = [table_model(), dates_model(), array_model(), picture_model()]


def text_of(app: Application) -> str:
    return ask(app, "GET", "/").body.decode()


@pytest.mark.parametrize("net", MODELS, ids=["table", "dates", "array", "picture"])
def test_nothing_comes_from_elsewhere_and_only_its_own_script_runs(net: Network) -> None:
    found = ask(application(net), "GET", "/")
    text = found.body.decode()
    linked = re.findall(r'(?:href|src|action)="([^"]*)"', text)
    assert set(linked) <= {"/model", "/openapi.json", "/health", "/metrics", "data:,"}
    policy = found.headers["content-security-policy"]
    for tag in ("style", "script"):
        (own,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "style=" not in re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)


class Balanced(HTMLParser):
    """Every tag that is opened is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "link", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("net", MODELS, ids=["table", "dates", "array", "picture"])
def test_its_tags_are_balanced(net: Network) -> None:
    parser = Balanced()
    parser.feed(text_of(application(net)))
    assert parser.open == []


@pytest.mark.parametrize("net", MODELS[:3], ids=["table", "dates", "array"])
def test_the_calls_it_shows_work_as_they_stand(net: Network) -> None:
    app = application(net)
    calls = re.findall(r"<pre[^>]*>(.*?)</pre>", text_of(app), re.DOTALL)
    shown = [html.unescape(re.sub(r"<[^>]+>", "", call)) for call in calls]
    tried = 0
    for call in shown:
        words = [word for word in shlex.split(call) if word != "\n"]
        if not words[-1].startswith("@"):
            path = words[2].removeprefix("http://127.0.0.1:8000")
            name, _, kind = words[words.index("-H") + 1].partition(": ")
            found = ask(app, "POST", path, words[-1].encode(), {name: kind})
            assert found.status == 200
            assert found.json["warnings"] == []
            tried += 1
    assert tried >= 1


@pytest.mark.parametrize("net", MODELS, ids=["table", "dates", "array", "picture"])
def test_the_example_of_every_kind_of_model_is_answered_without_a_warning(net: Network) -> None:
    app = application(net)
    example = ask(app, "GET", "/model").json["example"]
    found = ask(app, "POST", "/predict", json_of=example)
    assert (found.status, found.json["warnings"]) == (200, [])


def test_a_wide_row_goes_through_a_file() -> None:
    x = np.random.default_rng(0).normal(size=(40, 200))
    text = text_of(application(Network(hidden=[3], seed=0).build(x, np.arange(40) % 2)))
    assert "-d @row.json" in text
    assert "/model | " in text
    assert "<textarea" in text


def test_names_of_a_stranger_stay_text() -> None:
    bad = "<script>alert(1)</script>{{js}}'\""
    rows = pl.DataFrame({bad: ["</script>", "&"] * 20, "b": np.arange(40) / 7, "y": [0, 1] * 20})
    net = Network(hidden=[3], seed=0)
    net.fit(rows, "y", epochs=1, progress=False)
    net.provenance["data"] = {"target": bad}
    text = text_of(application(net))
    assert "<script>alert" not in text
    assert text.count("<script>") == text.count("</script>") == 1
    assert html.escape(bad) in text

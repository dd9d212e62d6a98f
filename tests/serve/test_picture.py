"""Pictures: as files, as base64 in JSON, and as what is neither."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pellucid.serve import Limits, application
from tests.serve.asking import Response, ask, picture_model

APP = application(picture_model())
KINDS = {"PNG": "image/png", "BMP": "image/bmp", "WEBP": "image/webp", "GIF": "image/gif"}


def pixels(seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)


def file(kind: str = "PNG", seed: int = 0, size: tuple[int, int] | None = None) -> bytes:
    out = BytesIO()
    image = Image.fromarray(pixels(seed))
    image = image.resize(size) if size else image
    image.save(out, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return out.getvalue()


def in_json(seed: int = 0, start: str = "") -> dict[str, str]:
    return {"picture": start + base64.b64encode(file(seed=seed)).decode()}


def send(body: bytes, kind: str = "image/png") -> Response:
    return ask(APP, "POST", "/predict", body, {"content-type": kind})


def test_a_file_is_answered_as_the_network_answers_its_pixels() -> None:
    net = picture_model()
    x = pixels().transpose(2, 0, 1)[None]
    found = send(file()).json
    assert found["prediction"] == net.predict(x)[0]
    assert list(found["probabilities"].values()) == net.predict_proba(x)[0].tolist()
    assert found == send(file("BMP"), "image/bmp").json
    assert found == send(file("WEBP"), "application/octet-stream").json
    assert found == ask(APP, "POST", "/predict", json_of=in_json()).json
    browser = in_json(start="data:image/png;base64,")
    assert found == ask(APP, "POST", "/predict", json_of=browser).json


def test_another_size_is_framed_as_in_training() -> None:
    assert send(file(size=(30, 20))).status == 200


def test_a_batch() -> None:
    rows = [in_json(seed) for seed in range(3)]
    found = ask(APP, "POST", "/predict/batch", json_of=rows).json["predictions"]
    wanted = [send(file(seed=seed)).json for seed in range(3)]
    assert [row | {"warnings": []} for row in found] == wanted


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "is no picture, or is damaged"),
        (b"no picture", "is no picture, or is damaged"),
        (file()[:60], "is damaged or cut off"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture, or is damaged"),
    ],
)
def test_what_is_no_picture(body: bytes, what: str) -> None:
    found = send(body)
    error = f"The picture {what}. Send one of PNG, JPEG, WEBP, BMP, GIF."
    assert (found.status, found.json) == (422, {"error": error, "where": ["body"]})


def test_a_picture_of_too_many_pixels_is_not_unpacked() -> None:
    head = bytearray(file())
    head[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    head[29:33] = zlib.crc32(head[12:29]).to_bytes(4, "big")
    error = send(bytes(head)).json["error"]
    assert error == (
        "The picture has 900,000,000 pixels, and at most 25 million are unpacked. Send one of PNG, "
        "JPEG, WEBP, BMP, GIF."
    )


def test_faults_in_json_are_named_at_once() -> None:
    rows: list[Any] = [in_json(), {}, {"picture": 1}, {"picture": "%"}, {"picture": "AAAA"}, []]
    found = ask(APP, "POST", "/predict/batch", json_of=rows)
    assert (found.status, found.json) == (
        422,
        {
            "error": "The rows do not fit the model: 'picture' is missing in row 1; 'picture' "
            "holds 1 in row 2, expected base64; 'picture' is no base64 in row 3; the picture is no "
            "picture, or is damaged in row 4; "
            "there is a list in row 5, expected an object with 'picture'. Send one of PNG, JPEG, "
            'WEBP, BMP, GIF in base64, as {"picture": ...}.',
            "where": [*(f"/{k}/picture" for k in range(1, 5)), "/5"],
        },
    )


def test_csv_and_text_are_no_pictures() -> None:
    assert send(b"a,b\n1,2\n", "text/csv").status == 415
    told = {"content-type": "text/csv"}
    assert ask(APP, "POST", "/predict/batch", b"a,b\n1,2\n", told).status == 415


def test_a_file_over_the_limit() -> None:
    app = application(picture_model(), Limits(body=50))
    assert ask(app, "POST", "/predict", file(), {"content-type": "image/png"}).status == 413


def blank(width: int, height: int) -> dict[str, str]:
    """A picture of one colour: few bytes, however many pixels."""
    out = BytesIO()
    Image.new("L", (width, height), 255).save(out, "PNG")
    return {"picture": base64.b64encode(out.getvalue()).decode()}


def test_pictures_of_too_many_pixels_are_refused_by_their_headers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def decoded(*given: Any) -> Any:
        raise AssertionError("a picture was unpacked")

    monkeypatch.setattr("pellucid.serve.picture.decode", decoded)
    large = blank(5001, 5000)
    found = ask(APP, "POST", "/predict/batch", json_of=[large] * 2)
    assert (found.status, found.json) == (
        422,
        {
            "error": "The rows do not fit the model: the picture has 5,001 x 5,000 pixels, and at "
            "most 25 million are unpacked in row 0 and 1 row more. Send one of PNG, JPEG, WEBP, "
            'BMP, GIF in base64, as {"picture": ...}.',
            "where": ["/0/picture"],
        },
    )
    most = blank(5000, 5000)
    found = ask(APP, "POST", "/predict/batch", json_of=[most] * 4 + [blank(1, 1)])
    assert (found.status, found.json) == (
        413,
        {
            "error": "The pictures of the body have 100,000,001 pixels together; at most 100 "
            "million are unpacked for a request. Send fewer at a time, or smaller ones: each "
            "becomes 8 x 8 in colour, cropped.",
            "where": ["body"],
        },
    )


def test_pictures_up_to_the_limit_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.serve.picture.MOST_IN_ALL", 3 * 64)
    rows = [in_json(seed) for seed in range(4)]
    assert ask(APP, "POST", "/predict/batch", json_of=rows[:3]).status == 200
    assert ask(APP, "POST", "/predict/batch", json_of=rows).status == 413


def test_a_late_request_stops_between_its_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float] = []

    def slow(*given: Any) -> Any:
        begun.append(time.monotonic())
        time.sleep(0.1)
        return np.zeros((3, 8, 8), np.uint8)

    app = application(picture_model(), Limits(seconds=0.25))
    monkeypatch.setattr("pellucid.serve.picture.decode", slow)
    body = json.dumps([in_json()] * 200).encode()
    sent: list[Any] = []

    async def asked() -> int:
        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/predict/batch", "root_path": "",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        }  # fmt: skip
        await app(scope, receive, send)
        return len(begun)

    at_the_end = asyncio.run(asked())
    time.sleep(0.4)
    assert sent[0]["status"] == 408
    assert 1 <= at_the_end <= len(begun) <= at_the_end + 1 < 20

"""Pictures: as files, as base64 in JSON, and as what is neither."""

from __future__ import annotations

import base64
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
    assert error.startswith("The picture has 900,000,000 pixels, and at most 100 million")


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

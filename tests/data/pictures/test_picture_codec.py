"""The codec of pictures: what goes in comes out, and a record keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.data import Framing, PictureCodec, codec_from_record, fit_inputs
from pellucid.errors import FileError, ShapeError
from tests.data.pictures.conftest import noise

Said = Callable[[type[Exception], Callable[[], object]], str]
FRAMING = Framing(4, 5, "pad", True, "#102030")


def pictures(count: int = 6) -> Any:
    return np.stack([noise(4, 5, seed=k).transpose(2, 0, 1) for k in range(count)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_encoding_is_that_of_scaled_pixels(dtype: Any) -> None:
    x = pictures()
    codec, plain = PictureCodec.fit(x, FRAMING), fit_inputs(x)
    z = codec.encode(x, dtype)
    assert z.dtype == dtype
    np.testing.assert_allclose(z, plain.encode(x, dtype), rtol=1e-6)
    np.testing.assert_array_equal(z, codec.encode(x.astype(float), dtype))
    assert z.mean() == pytest.approx(0, abs=1e-6) and z.std() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(codec.decode(z), x, atol=1e-4)


def test_one_level_and_no_scaling() -> None:
    flat = np.full((2, 3, 4, 5), 9, np.uint8)
    assert (PictureCodec.fit(flat, FRAMING).encode(flat) == 0).all()
    kept = PictureCodec.fit(pictures(), FRAMING, scaled=False)
    np.testing.assert_array_equal(kept.encode(pictures()), pictures())


def test_what_it_says(said: Said) -> None:
    codec = PictureCodec.fit(pictures(), FRAMING)
    mean, scale = codec.scaling.mean[0], codec.scaling.scale[0]
    assert codec.describe() == (
        f"Pictures: 4 x 5 in colour, padded with #102030, each pixel (x - {mean:.4g}) / {scale:.4g}"
    )
    assert said(ShapeError, lambda: PictureCodec.fit(pictures()[:, :, :3], FRAMING)) == (
        "x is 6 x 3 x 3 x 5; expected n x 3 x 4 x 5, as the framing says: 4 x 5 in colour, padded "
        "with #102030. Read the pictures with it."
    )


@pytest.mark.parametrize(
    "change",
    [
        {"height": 0}, {"width": "5"}, {"fit": "cut"}, {"color": 1}, {"background": "sky"},
        {"height": 10**9}, {"more": 1}, {"background": None}, {"height": True},
    ],
)  # fmt: skip
def test_a_damaged_framing_is_refused(change: dict[str, Any]) -> None:
    plain, arrays = PictureCodec.fit(pictures(), FRAMING).to_record()
    damaged: list[Any] = [plain["framing"] | change, None, [], "x"]
    for framing in damaged:
        with pytest.raises(FileError, match=r"^The codec in this file has "):
            codec_from_record(plain | {"framing": framing}, arrays)

"""Draw the pictures of ``docs/figures.md``: two networks as SVG, planes as PNG.

The PNG files need the extra ``figures``, and a Chrome or Chromium.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from pellucid import Conv2D, Dense, Flatten, Network, data
from pellucid.figures import figure_bytes
from pellucid.figures.drawing_svg import drawing_svg
from pellucid.inspect.views import network_drawing

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def main() -> None:
    """Train the networks of the page and draw them."""
    iris = data.open_data("iris")
    x, y, names = iris.x, iris.y, iris.feature_names
    net = Network(hidden=[6], activation="tanh", seed=0)
    net.fit(x, y, epochs=60, progress=False)
    _write("diagram.svg", drawing_svg(network_drawing(net, x[60:61], names=names)).encode())

    digits = data.open_data("digits")
    pictures = digits.x.reshape(-1, 8, 8)
    seeing = Network([Conv2D(8, 3, activation="relu"), Flatten(), Dense()], seed=0)
    seeing.fit(pictures, digits.y, epochs=3, progress=False)
    _write("convolution.svg", drawing_svg(network_drawing(seeing, pictures[:1])).encode())

    plane = {"inputs": names[2:], "names": names}
    _write_png(
        "boundary.png", net.boundary(x, y, **plane), net.boundary(x, y, unit="dense_1/3", **plane)
    )
    way = [Network(hidden=[6], activation="tanh", seed=0).build(x, y)]
    for _ in range(8):
        way.append(way[-1].copy())
        way[-1].fit(x, y, epochs=2, progress=False)
    _write_png("surface.png", way[-1].loss_surface(x, y, path=way, directions="path"))


def _write_png(name: str, *figures: Any) -> None:
    """Figures side by side, in few colours."""
    parts = [Image.open(io.BytesIO(figure_bytes(f, "png", 520, 480))) for f in figures]
    sheet = Image.new("RGB", (sum(part.width for part in parts), parts[0].height), "white")
    left = 0
    for part in parts:
        sheet.paste(part, (left, 0))
        left += part.width
    buffer = io.BytesIO()
    sheet.quantize(128).save(buffer, "PNG", optimize=True)
    _write(name, buffer.getvalue())


def _write(name: str, content: bytes) -> None:
    (PICTURES / name).write_bytes(content)
    print(f"{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()

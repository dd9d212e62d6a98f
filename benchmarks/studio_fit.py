"""The full speed that ``studio.py`` compares with: ``studio_fit.py ORDERS`` prints steps a second.

``Network.fit`` with a scene's data, layers, rule and batch, and nobody who listens.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

from pellucid.scene.scene import Scene, scene_from_record


def main() -> None:
    """Fit for the seconds that were ordered."""
    warnings.simplefilter("ignore")
    orders = json.loads(sys.argv[1])
    scene = scene_from_record(orders["scene"])
    assert isinstance(scene, Scene) and scene.batch is not None
    data = scene.source.open(Path(orders["folder"]))
    net = scene.network(data.kind)

    def timed(epochs: int) -> float:
        began = time.perf_counter()
        net.fit(
            data.x, data.y, rule=scene.rule, batch=scene.batch, epochs=epochs, progress=False,
            validation=scene.validation or None,
        )  # fmt: skip
        return time.perf_counter() - began

    timed(5)
    begin = timed(1)  # reading and dividing the data, mostly
    epochs = max(20, int(20 * orders["seconds"] / (timed(21) - begin)))
    learned = len(data.x) - round(len(data.x) * scene.validation)
    steps = -(-learned // scene.batch)
    before = net.steps_taken
    took = timed(epochs)
    assert net.steps_taken - before == epochs * steps
    print(epochs * steps / (took - begin))


if __name__ == "__main__":
    main()

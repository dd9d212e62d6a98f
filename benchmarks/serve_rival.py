"""The other side of ``serve.py``: an ONNX model in ONNX Runtime behind FastAPI and uvicorn.

``python serve_rival.py MODEL.onnx`` takes a free port and prints it. The row is a Pydantic model
with a field for each column; the handler is a coroutine, so that no thread is asked; uvicorn has
the same loop, parser and settings as ``pellucid serve``.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

import fastapi
import numpy as np
import onnxruntime
import pydantic
import uvicorn

session_options = onnxruntime.SessionOptions()
session_options.intra_op_num_threads = 1
session_options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(
    sys.argv[1], session_options, providers=["CPUExecutionProvider"]
)
given = session.get_inputs()
known = session.get_modelmeta().custom_metadata_map
columns = json.loads(known["columns"])
labels = json.loads(known["labels"])
named = len(given) > 1
texts = {each.name for each in given if each.type == "tensor(string)"}
fields: dict[str, Any] = {name: (str if name in texts else float, ...) for name in columns}
Row = pydantic.create_model("Row", **fields)
app = fastapi.FastAPI()


class Answer(pydantic.BaseModel):
    """What is answered."""

    prediction: str
    probabilities: dict[str, float]


def feeds(row: Any) -> dict[str, Any]:
    """A row as the session takes it."""
    if not named:
        return {"x": np.array([[getattr(row, name) for name in columns]], np.float32)}
    found: dict[str, Any] = {}
    for name in columns:
        kind = object if name in texts else np.float32
        found[name] = np.array([[getattr(row, name)]], kind)
    return found


@app.post("/predict")
async def predict(row: Row) -> Answer:  # type: ignore[valid-type]
    """Answer for a row."""
    label, chances = session.run(["label", "probabilities"], feeds(row))
    shares = dict(zip(labels, chances[0].tolist(), strict=True))
    return Answer(prediction=str(label[0]), probabilities=shares)


def main() -> None:
    """Serve until told to end."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    print(json.dumps({"port": taken.getsockname()[1]}), flush=True)
    config = uvicorn.Config(
        app, http="httptools", ws="none", lifespan="off", log_config=None, log_level="critical",
        access_log=False, server_header=False, timeout_keep_alive=30,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[taken])


if __name__ == "__main__":
    main()

"""One table is encoded once, however often it is asked about."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Network
from pellucid.data.frame import Table
from pellucid.data.table_codec import TableCodec
from pellucid.errors import DataWarning
from pellucid.models import latest

FRAME = pl.DataFrame({"a": np.arange(40.0), "b": ["x", "y"] * 20})
Y = np.array(["no", "yes"] * 20)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    seen: list[Any] = []
    real = TableCodec.encode_noting

    def counted(self: TableCodec, x: Any, dtype: Any = np.float32) -> Any:
        seen.append(x)
        return real(self, x, dtype)

    latest._latest.clear()
    monkeypatch.setattr(TableCodec, "encode_noting", counted)
    yield seen
    latest._latest.clear()


def fitted(seed: int = 0) -> Network:
    net = Network(hidden=[4], seed=seed)
    net.fit(FRAME, Y, epochs=2)
    return net


def test_a_table_is_encoded_once_for_all_questions(calls: list[Any]) -> None:
    net, table = fitted(), Table.of(FRAME)
    calls.clear()
    first = net.predict_proba(table)
    net.predict(table)
    net.evaluate(table, Y)
    assert len(calls) == 1
    np.testing.assert_array_equal(first, net.predict_proba(Table.of(FRAME)))


def test_another_network_table_or_precision_encodes_anew(calls: list[Any]) -> None:
    net, other, table = fitted(), fitted(1), Table.of(FRAME)
    calls.clear()
    net.predict(table)
    other.predict(table)
    net.predict(Table.of(FRAME))
    net.predict(table)
    net.predict(table, engine="reference")
    assert len(calls) == 5


def test_each_question_warns_of_what_is_new() -> None:
    net = fitted()
    table = Table.of(FRAME.with_columns(b=pl.lit("z")))
    for _ in range(2):
        with pytest.warns(DataWarning, match="b: 40 rows hold categories"):
            net.predict(table)


def test_it_is_kept_as_long_as_its_table() -> None:
    net, table = fitted(), Table.of(FRAME)
    net.predict(table)
    assert table in latest._latest
    del table
    gc.collect()
    assert not len(latest._latest)

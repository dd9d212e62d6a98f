"""Searches on a real Dask cluster of two worker processes, one of which is killed on the way."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score

from pellucid.errors import EngineError
from pellucid.sklearn import NetworkClassifier, NetworkRegressor
from pellucid.sklearn.cluster import cluster_client

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        cluster_client(cluster) as client,
    ):
        yield client


@pytest.fixture
def client(cluster: Any) -> Any:
    """Both workers are there; in the place of one that was killed a new one is started."""
    cluster.wait_for_workers(2, timeout=60)
    return cluster


def kill_while_busy(client: Any, pids: dict[str, int], killed: list[str]) -> None:
    """Once both workers have done something and are at work again, end one with SIGKILL."""
    seen: set[str] = set()
    for _ in range(3000):
        busy = {worker: keys for worker, keys in client.processing().items() if keys}
        seen |= {str(key) for keys in busy.values() for key in keys}
        if len(seen) > 2 and len(busy) == 2:
            worker = min(busy)
            os.kill(pids[worker], signal.SIGKILL)
            killed.append(worker)
            return
        time.sleep(0.01)


@pytest.fixture(scope="module")
def alone() -> Any:
    return grid_search()


def grid_search() -> Any:
    x, y = some_digits()
    net = NetworkClassifier(random_state=0, epochs=30, threads=1)
    return GridSearchCV(net, {"hidden": [(16,), (32,)], "rate": [1e-3, 5e-3]}, cv=2).fit(x, y)


def some_digits() -> tuple[Any, Any]:
    digits = load_digits()
    return digits.data[:600], digits.target[:600]


@pytest.mark.parametrize("sent_first", [False, True])
def test_a_grid_search_survives_the_death_of_a_worker(
    sent_first: bool, client: Any, alone: Any
) -> None:
    x, y = some_digits()
    killed: list[str] = []
    pids = client.run(os.getpid)
    killer = threading.Thread(target=kill_while_busy, args=(client, pids, killed))
    killer.start()
    with joblib.parallel_config("dask", scatter=[x, y] if sent_first else None):
        search = grid_search()
    killer.join()
    assert len(killed) == 1
    assert killed[0] not in client.run(os.getpid)
    for fold in range(2):
        name = f"split{fold}_test_score"
        np.testing.assert_array_equal(search.cv_results_[name], alone.cv_results_[name])
    assert search.best_params_ == alone.best_params_
    np.testing.assert_array_equal(search.predict(x), alone.predict(x))


def test_searches_folds_and_ensembles_give_what_they_give_alone(client: Any) -> None:
    x, y = load_iris(return_X_y=True)
    net = NetworkClassifier((8,), random_state=0, epochs=5, threads=1)
    search = RandomizedSearchCV(net, {"rate": [1e-3, 1e-2, 1e-1]}, n_iter=2, random_state=0, cv=2)
    bag = BaggingClassifier(net, 2, random_state=0)
    found = [
        search.fit(x, y).best_score_,
        cross_val_score(net, x, y, cv=2),
        bag.fit(x, y).predict(x),
    ]
    with joblib.parallel_config("dask"):
        assert search.fit(x, y).best_score_ == found[0]
        np.testing.assert_array_equal(cross_val_score(net, x, y, cv=2), found[1])
        np.testing.assert_array_equal(bag.fit(x, y).predict(x), found[2])


def test_workers_compute_with_one_thread_each(client: Any) -> None:
    def threads() -> int:
        from pellucid.run.native.threads import thread_count

        return thread_count()

    assert set(client.run(threads).values()) == {1}


def test_a_loss_of_ones_own_travels(client: Any) -> None:
    from pellucid.ops import mean

    x, y = load_iris().data[:, :3], load_iris().data[:, 3]
    net = NetworkRegressor(
        (8,), loss=lambda output, target: mean(abs(output - target), 1), random_state=0, epochs=5
    )
    alone = cross_val_score(net, x, y, cv=2)
    with joblib.parallel_config("dask"):
        np.testing.assert_array_equal(cross_val_score(net, x, y, cv=2), alone)


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(EngineError) as error:
        cluster_client()
    assert str(error.value) == (
        "A cluster needs Dask, which is not installed. Install it with pip install "
        "'pellucid[dask]'."
    )

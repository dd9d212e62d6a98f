"""A Dask client whose searches survive the death of a worker.

joblib's Dask backend hands what a fit reads, such as the row numbers of a fold, to one worker, and
tells the fit where to find it; when that worker dies, it is gone, and the search with it. Here such
values stay part of the fit, which the scheduler knows, so that another worker can do it again.
"""

from __future__ import annotations

from typing import Any

from pellucid.errors import EngineError


def cluster_client(address: Any = None, **options: Any) -> Any:
    """A ``dask.distributed.Client`` under which a search outlives its workers.

    Fits that were lost with a worker are done again by others, and give the same numbers. All that
    a fit reads passes through the scheduler; spare it large data with
    ``joblib.parallel_config("dask", scatter=[X, y])``, which gives these arrays to all workers
    first and lasts as long as one of those lives.

    Parameters:
        address: of the scheduler, or a cluster object; None: a cluster on this machine.
        options: as for ``Client``.
    Raises: ``EngineError`` where Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise EngineError(
            "A cluster needs Dask, which is not installed. Install it with pip install "
            "'pellucid[dask]'."
        ) from None

    class LastingClient(Client):  # type: ignore[misc]
        """Leaves what joblib would send to a single worker where it is."""

        def scatter(self, data: Any, **given: Any) -> Any:
            """Send data out; what joblib asks for in the middle of a search is given back."""
            if given.get("asynchronous") and not given.get("broadcast"):
                return _same(data)
            return super().scatter(data, **given)

    return LastingClient(address, **options)


async def _same(data: Any) -> Any:
    return data

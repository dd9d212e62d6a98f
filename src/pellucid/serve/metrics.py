"""What the service counts, in Prometheus's text format."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector

from pellucid.web.refusal import Answer

BOUNDS = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
)  # fmt: skip
"""Upper ends of the histogram's bins, in seconds."""


class Metrics:
    """Requests by route and status, how long they took, rows, and the process's own numbers.

    Those of the process (memory, CPU time, open files) are there on Linux.
    """

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "pellucid_requests", "Requests answered.", ("route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "pellucid_request_seconds", "From a request's headers to its answer's last byte.",
            ("route",), buckets=BOUNDS, registry=registry,
        )  # fmt: skip
        self._rows = Counter("pellucid_rows", "Rows answered for.", registry=registry)
        self._warned = Counter(
            "pellucid_warned_requests", "Requests with what training did not show.",
            registry=registry,
        )  # fmt: skip
        self.busy = Gauge("pellucid_requests_now", "Requests being answered.", registry=registry)
        self._known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        own = self._known.get((route, status))
        if own is None:
            own = (self._requests.labels(route, str(status)), self._seconds.labels(route))
            self._known[route, status] = own
        own[0].inc()
        own[1].observe(seconds)

    def answered(self, rows: int, warned: bool) -> None:
        """Count the rows of a request that was answered."""
        self._rows.inc(rows)
        if warned:
            self._warned.inc()

    def page(self) -> Answer:
        """All of it, for ``GET /metrics``."""
        return Answer(generate_latest(self._registry), kind=CONTENT_TYPE_LATEST)

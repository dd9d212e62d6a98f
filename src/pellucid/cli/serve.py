"""``pellucid serve``: a model as an HTTP service."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pellucid.web.server import Address

PACKAGES = ("starlette", "uvicorn", "httptools", "prometheus_client")


@click.command(short_help="Let a model answer over HTTP.")
@click.argument("model")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="HOST",
    help="Where to listen; 0.0.0.0 for all addresses of this machine.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="N",
    help="The port; 0 for a free one.",
)
@click.option(
    "--max-body",
    type=click.FloatRange(0.000001, 100_000),
    default=10,
    show_default=True,
    metavar="MB",
    help="The longest body of a request, in megabytes.",
)
@click.option(
    "--max-rows",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="The most rows of a batch.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    default=64,
    show_default=True,
    metavar="N",
    help="The most requests at a time; more are told to come again.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.001, 86_400),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="The longest that a request may take.",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="A web site whose pages may call the service, such as https://example.org; * for all.  "
    "[default: none]",
)
@click.option("--json", "as_json", is_flag=True, help="Say where it listens as a line of JSON.")
def serve(
    model: str, host: str, port: int, max_body: float, max_rows: int, max_requests: int,
    timeout: float, origins: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Answer for rows over HTTP with MODEL, a model file or the folder of a run.

    \u0008
    POST /predict        one row, as JSON (or a picture)
    POST /predict/batch  rows, as JSON or CSV
    GET  /               how to call it, and a form to try it
    GET  /model /openapi.json /health /metrics

    It runs until Ctrl-C or SIGTERM, and finishes what was begun, for a second. There is no password
    and no encryption: it listens on this machine only, unless --host says otherwise.
    """
    from pellucid.cli.output import say, say_json, warn
    from pellucid.io.run_folder import model_path
    from pellucid.models.network import Network

    needs_packages()
    from pellucid.serve import Limits, listen
    from pellucid.serve import serve as run

    check_origins(origins)
    network = Network.load(model_path(model))
    limits = Limits(
        body=max(1, int(max_body * 1e6)), rows=max_rows, seconds=timeout, requests=max_requests
    )
    taken, address = listen(host, port)
    if not address.local:
        warn(open_to_all(address))

    def ready() -> None:
        if as_json:
            record: dict[str, Any] = {"url": address.url, "host": address.host}
            say_json({"model": model, **record, "port": address.port, "pid": os.getpid()})
        else:
            say(f"{model} answers at {address.url} (Ctrl-C ends it)")

    if run(network, taken, address, limits=limits, origins=origins, ready=ready, log=warn):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # Python itself would wait for the thread


def needs_packages() -> None:
    """Raise ``PackageError`` where the extra is not installed."""
    from importlib.util import find_spec

    from pellucid.errors import missing_package

    if any(find_spec(name) is None for name in PACKAGES):
        raise missing_package("pellucid serve", "Starlette, uvicorn and what they need", "serve")


def check_origins(origins: tuple[str, ...]) -> None:
    """Refuse what no browser would send as an origin."""
    from urllib.parse import urlsplit

    from pellucid.errors import ParameterError

    for origin in origins:
        parts = urlsplit(origin)
        if origin != "*" and (not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}"):
            raise ParameterError(
                f"--allow-origin is {origin!r}; expected a scheme, a host and, where it is not the "
                "usual one, a port, such as https://example.org or http://localhost:3000, or *."
            )


def open_to_all(address: Address) -> str:
    """The warning for a service that others can reach."""
    return (
        f"Warning: the service listens at {address.host}, port {address.port}, where other "
        "machines can reach it, and it has no password and no encryption. Put a proxy that has "
        "both before it, or leave --host out."
    )

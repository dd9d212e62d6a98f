"""``pellucid serve``: what it refuses before it listens, and what it warns of."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import pellucid.serve
from pellucid.cli import main
from pellucid.web.server import Address, listen
from tests.serve.asking import array_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    array_model().save(path)
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["serve", *map(str, words)], prog_name="pellucid")


def test_without_the_extra_it_says_which(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = run(model)
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: pellucid serve needs Starlette, uvicorn and what they need, which is not "
        "installed. Install it with: pip install 'pellucid[serve]'\n"
    )


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            ("--host", "no.such.host.invalid"),
            "--host is 'no.such.host.invalid', which is no address or known name. Write 127.0.0.1 "
            "for this machine only, or 0.0.0.0 for all its addresses.",
        ),
        (
            ("--host", "192.0.2.1", "--port", "0"),
            "The service cannot listen at 192.0.2.1, port 0: this machine has no such address. "
            "Write 127.0.0.1, or 0.0.0.0 for all it has.",
        ),
        (
            ("--allow-origin", "example.org"),
            "--allow-origin is 'example.org'; expected a scheme, a host and, where it is not the "
            "usual one, a port, such as https://example.org or http://localhost:3000, or *.",
        ),
    ],
)
def test_it_refuses(model: Path, words: tuple[str, ...], error: str) -> None:
    done = run(model, *words)
    assert (done.exit_code, done.stderr, done.stdout) == (2, f"Error: {error}\n", "")


def test_a_model_that_is_not_there() -> None:
    done = run("nothing.safetensors")
    assert done.exit_code == 2
    assert done.stderr == "Error: Cannot read nothing.safetensors: no such file or directory.\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command asks for, in place of a service that runs."""
    given: dict[str, Any] = {}

    def serve(network: Any, taken: Any, address: Address, **named: Any) -> None:
        taken.close()
        given.update(named, address=address)
        named["ready"]()

    monkeypatch.setattr(pellucid.serve, "serve", serve)
    return given


def test_options_reach_the_service(model: Path, asked: dict[str, Any]) -> None:
    words = ["--max-body", "0.5", "--max-rows", "7", "--max-requests", "3", "--timeout", "2.5"]
    done = run(model, "--port", "0", "--allow-origin", "http://localhost:3000", *words)
    assert done.exit_code == 0
    limits = asked["limits"]
    assert (limits.body, limits.rows, limits.requests, limits.seconds) == (500_000, 7, 3, 2.5)
    assert asked["origins"] == ("http://localhost:3000",)
    assert done.stderr == ""
    assert done.stdout == f"{model} answers at {asked['address'].url} (Ctrl-C ends it)\n"


def test_all_addresses_are_warned_of(model: Path, asked: dict[str, Any]) -> None:
    done = run(model, "--host", "0.0.0.0", "--port", "0")
    port = asked["address"].port
    assert not asked["address"].local
    assert done.stderr == (
        f"Warning: the service listens at 0.0.0.0, port {port}, where other machines can reach it, "
        "and it has no password and no encryption. Put a proxy that has both before it, or leave "
        "--host out.\n"
    )
    assert done.stdout.endswith(f"answers at http://127.0.0.1:{port} (Ctrl-C ends it)\n")


@pytest.mark.parametrize(
    ("host", "local", "url"),
    [
        ("localhost", True, "http://127.0.0.1:"),
        ("127.0.0.2", True, "http://127.0.0.2:"),
        ("::1", True, "http://[::1]:"),
        ("::", False, "http://[::1]:"),
    ],
)
def test_addresses(host: str, local: bool, url: str) -> None:
    taken, address = listen(host, 0)
    taken.close()
    assert address.local is local
    found = "http://[::1]:" if host == "localhost" and ":" in address.host else url
    assert address.url == f"{found}{address.port}"

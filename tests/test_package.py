"""What `import pellucid` costs: NumPy and nothing heavier."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import pellucid
from pellucid._version import __version__

HEAVY = {
    "PIL", "click", "fastexcel", "jax", "matplotlib", "narwhals", "pandas", "plotext", "plotly",
    "polars", "pyarrow", "rich", "safetensors", "scipy", "sklearn", "torch",
}  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """The top-level modules in a fresh interpreter after a statement."""
    program = f"{statement}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True
    )
    return set(result.stdout.split())


def test_importing_the_package_loads_nothing_heavier_than_numpy() -> None:
    assert not loaded_by("import pellucid") & HEAVY


def test_the_public_names_can_be_looked_up_without_loading_heavy_packages() -> None:
    assert (
        not loaded_by("import pellucid; [getattr(pellucid, n) for n in pellucid.__all__]") & HEAVY
    )


def test_heavy_packages_would_be_seen() -> None:
    assert "scipy" in loaded_by("import scipy")


def test_the_version_is_the_installed_one() -> None:
    from importlib.metadata import version

    assert pellucid.__version__ == __version__ == version("pellucid")


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Netwrok"):
        pellucid.Netwrok  # noqa: B018


@pytest.mark.parametrize(
    "package", ["pellucid", "pellucid.data", "pellucid.data.pictures", "pellucid.learn"]
)
def test_what_is_handed_on_is_what_is_public(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module.__all__) == dir(module)
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_a_network_does_not_load_what_reads_files() -> None:
    program = "from pellucid import Network; import sys; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    loaded = set(result.stdout.split())
    assert "pellucid.learn.loop" in loaded
    assert not {"pellucid.data.source", "pellucid.data.pictures.read"} & loaded

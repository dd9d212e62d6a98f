"""``pellucid doctor``: what this installation can do, and whether it does it right."""

from __future__ import annotations

import os
import platform
import sys
import time
import warnings
from importlib.metadata import PackageNotFoundError, requires, version
from textwrap import fill
from typing import Any

import click

from pellucid.errors import EngineError, EngineWarning

LEVELS = {"X86_V2": "SSE4.2", "X86_V3": "AVX2", "X86_V4": "AVX-512"}
"""The levels of x86 processors that newer NumPy tells, by the feature that marks each."""
THREADS = ("PELLUCID_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@click.command(short_help="Check this installation: versions, engines, threads, processor.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
def doctor(as_json: bool) -> None:
    """Tell what this installation can do, and check that it computes what it should.

    Exit 1 where a problem is found.
    """
    from pellucid.cli.output import Failed, say, say_json
    from pellucid.data.arrays import count_of

    found = examine()
    if as_json:
        say_json(found)
    else:
        say(text(found))
    if found["problems"]:
        raise Failed(f"{count_of(len(found['problems']), 'problem')} found: see above.")


def examine() -> dict[str, Any]:
    """All that is known of this installation, and the problems with it in plain words."""
    packages, problems = _packages()
    native = _native()
    engines: dict[str, str] = {}
    checks: dict[str, str] = {}
    if native.get("problem"):  # all that computes would tell it again
        problems.append(native["problem"])
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EngineWarning)  # told below, with the rest
            engines, checks = _engines(), _checks()
    problems += [
        f"Self check: {name} {result}." for name, result in checks.items() if result != "ok"
    ]
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": packages,
        "blas": _blas(),
        "engines": engines,
        "native": native,
        "processor": {"cores": os.cpu_count(), "usable": _usable(), "features": _features()},
        "threads": {name: os.environ[name] for name in THREADS if name in os.environ},
        "terminal": {"encoding": sys.stdout.encoding, "colours": _colours()},
        "checks": checks,
        "problems": problems,
    }


def _packages() -> tuple[dict[str, str], list[str]]:
    """The versions of what Pellucid needs, and what is missing."""
    import re

    packages, problems = {}, []
    for line in ["pellucid", *(requires("pellucid") or [])]:
        match = re.match(r"[A-Za-z0-9._-]+", line)
        if match is None or "extra ==" in line:
            continue
        try:
            packages[match[0]] = version(match[0])
        except PackageNotFoundError:
            problems.append(f"{match[0]} is not installed. Install Pellucid again.")
    return packages, problems


def _blas() -> str:
    """The library that multiplies NumPy's matrices."""
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {}) if isinstance(config, dict) else {}
    return " ".join(str(blas[key]) for key in ("name", "version") if blas.get(key)) or "unknown"


def _engines() -> dict[str, str]:
    """Each engine, and "available" or why it is not."""
    from pellucid.errors import EngineError
    from pellucid.run.choose import ENGINES, executor

    engines = {}
    for name in ENGINES:
        try:
            chosen = executor(name)
            engines[name] = f"available: {chosen.name}, {chosen.precision}"
        except EngineError as error:
            engines[name] = f"not available: {error}"
    return engines


def _native() -> dict[str, Any]:
    """The compiled part: its instruction sets and threads; or why it is not there."""
    from pellucid.run.native.module import WHY_ABSENT, instruction_set, native
    from pellucid.run.native.threads import thread_count

    if native is None:
        return {"built": False, "why_absent": WHY_ABSENT}
    found = {
        "built": True,
        "compiled_sets": native.compiled_sets(),
        "allowed_cpus": native.allowed_cpus(),
    }
    try:
        return {**found, "set": instruction_set(), "threads": thread_count()}
    except EngineError as error:  # PELLUCID_ISA or PELLUCID_THREADS asks for what cannot be
        return {**found, "problem": str(error)}


def _usable() -> int | None:
    """How many processor cores this program may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count()


def _features() -> list[str]:
    """The processor's features that NumPy knows and found."""
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    simd = config.get("SIMD Extensions", {}) if isinstance(config, dict) else {}
    return [LEVELS.get(name, name) for name in [*simd.get("baseline", []), *simd.get("found", [])]]


def _colours() -> bool:
    from pellucid.cli.output import has_colors

    return has_colors(sys.stdout)


def _checks() -> dict[str, str]:
    """A second of work: gates learned, gradients against differences, a model through a file."""
    checks = {
        "learning the gates": _learns_gates,
        "the same seed twice": _repeats,
        "a model through a file": _keeps,
    }
    results = {}
    for name, check in checks.items():
        began = time.perf_counter()
        try:
            results[name] = "ok" if check() else "gave a wrong result"
        except Exception as error:  # noqa: BLE001 - whatever is broken here is what is looked for
            results[name] = f"failed: {type(error).__name__}: {error}"
        if time.perf_counter() - began > 30 and results[name] == "ok":
            results[name] = "took more than half a minute"
    return results


def _gate(name: str) -> Any:
    from pellucid.data.samples import load
    from pellucid.learn.backprop import Backprop
    from pellucid.learn.optimizers import Adam
    from pellucid.models.network import Network

    x, y = load(name)
    network = Network(hidden=[8], activation="tanh", seed=1)
    network.fit(x, y, epochs=100, batch=4, rule=Backprop(Adam(0.1)), progress=False)
    return network, x, y


def _learns_gates() -> bool:
    from pellucid.data.generate import GATES

    return all(bool((network.predict(x) == y).all()) for network, x, y in map(_gate, GATES))


def _repeats() -> bool:
    first, second = _gate("xor")[0], _gate("xor")[0]
    return all((first.parameters[n] == a).all() for n, a in second.parameters.items())


def _keeps() -> bool:
    import tempfile
    from pathlib import Path

    from pellucid.models.network import Network

    network, x, _ = _gate("xor")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gate.safetensors"
        network.save(path)
        return bool((Network.load(path).predict_proba(x) == network.predict_proba(x)).all())


def _native_rows(native: dict[str, Any]) -> list[dict[str, str]]:
    if not native["built"]:
        why = f"missing ({native['why_absent']}); needs a C++ compiler when Pellucid is installed"
        return [{"what": "compiled part", "found": why}]
    sets = ", ".join(native["compiled_sets"])
    threads = f"{native.get('threads', 'none')}, of {native['allowed_cpus']} CPUs allowed"
    return [
        {"what": "compiled part", "found": f"for {sets}; {native.get('set', 'none')} in use"},
        {"what": "its threads", "found": threads},
    ]


def text(found: dict[str, Any]) -> str:
    """All that was found, for a person."""
    from pellucid.cli.output import width
    from pellucid.figures.table import table_text

    processor = found["processor"]
    rows = [
        {"what": "Python", "found": f"{found['python']} on {found['system']}"},
        {"what": "Pellucid", "found": found["packages"].get("pellucid", "not installed")},
        *(
            {"what": name, "found": number}
            for name, number in found["packages"].items()
            if name != "pellucid"
        ),
        {"what": "BLAS", "found": found["blas"]},
        *({"what": f"engine {name}", "found": word} for name, word in found["engines"].items()),
        *_native_rows(found["native"]),
        {
            "what": "processor",
            "found": f"{processor['usable']} of {processor['cores']} cores usable",
        },
        {"what": "its features", "found": ", ".join(processor["features"]) or "unknown"},
        *({"what": name, "found": value} for name, value in found["threads"].items()),
        *({"what": f"check: {name}", "found": word} for name, word in found["checks"].items()),
    ]
    lines = table_text(rows).splitlines()[1:]
    indent = " " * (max(len(row["what"]) for row in rows) + 2)
    problems = found["problems"] or ["No problems found."]
    return "\n".join([
        *(fill(line, width(), subsequent_indent=indent) for line in lines),
        "", *(fill(problem, width()) for problem in problems),
    ])  # fmt: skip

"""What is worth knowing about the machine and the libraries measured on it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

DISTRIBUTIONS = {"pytorch": "torch", "onnx-runtime": "onnxruntime"}  # where called otherwise


def facts(names: list[str]) -> dict[str, Any]:
    """Processor, system, Python, versions, and which kernels the BLAS of NumPy runs."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(DISTRIBUTIONS.get(name, name)) for name in names},
        "blas": blas(),
    }


def processor() -> str:
    """The processor's name, where the system tells."""
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def blas() -> list[str]:
    """The kernels in use; an environment variable can choose slow ones."""
    try:
        import threadpoolctl
    except ImportError:
        return []
    import numpy as np

    np.ones((2, 2)) @ np.ones((2, 2))
    return [
        f"{pool['internal_api']} {pool.get('architecture', '')}".strip()
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    ]

"""The public names, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import pellucid.sklearn


def test_the_public_names() -> None:
    assert pellucid.sklearn.__all__ == [
        "AutoencoderClusters",
        "CompetitiveClusters",
        "HebbianPCA",
        "NetworkClassifier",
        "NetworkRegressor",
        "PerceptronClassifier",
        "SelfOrganisingMap",
    ]


def test_dask_is_loaded_by_those_who_ask_for_a_cluster_alone() -> None:
    program = (
        "import pellucid.sklearn, pellucid.sklearn.cluster, sys; "
        "sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

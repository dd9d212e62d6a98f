"""The public names of ``pellucid.learn``."""

from __future__ import annotations

import subprocess
import sys

import pellucid.learn as learn
from pellucid.learn import Metric, Minimizer, Optimizer, Rule, Schedule
from tests.learn.cases import classes

NAMES = """
    AMSGrad Accuracy AdaDelta AdaGrad Adam AdamW Backprop BalancedAccuracy ByFunction
    Competitive Constant Cosine Coverage Delta Diverged EarlyStopping EpochDone Event Exponential
    F1 FoundRate Grid HammingLoss Hebb Kohonen LBFGS Lion MAE Metric Minimizer Nadam NoTarget Oja
    OneCycle Optimizer Perceptron Plan PoissonDeviance Precision Quantisation R2 RMSE RMSProp
    RateTest Recall Reconstruction Rule RunEnded RunStarted SGD Samples Sanger Schedule Scorer
    Situation State StepDecay StepsDone Storkey Task TopK Update WarmUp find_rate metric no_targets
    optimizer predict_graph score_graph start step_graph train
"""


def test_the_public_names_are_these() -> None:
    assert sorted(learn.__all__) == NAMES.split()
    assert all(hasattr(learn, name) for name in learn.__all__)


def test_every_class_of_each_kind_is_public() -> None:
    for base in (Rule, Optimizer, Minimizer, Schedule, Metric):
        for cls in classes(base):
            assert getattr(learn, cls.__name__) is cls


def test_learning_loads_neither_scipy_nor_scikit_learn() -> None:
    program = "import sys, pellucid.learn; print(*{n.split('.')[0] for n in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], check=True, capture_output=True, text=True
    )
    assert not {"scipy", "sklearn", "torch"} & set(result.stdout.split())

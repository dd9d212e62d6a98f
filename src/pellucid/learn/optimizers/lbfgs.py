"""L-BFGS: steps by the curvature that the last gradients show, with a line search."""

from __future__ import annotations

from typing import Any

from pellucid.dataclass import dataclass
from pellucid.hyper import hyper
from pellucid.learn.minimizer import Ask, Floats, Minimizer, Points, Tell, pulled


@dataclass(frozen=True)
class LBFGS(Minimizer):
    """Minimise the loss of all samples together in few steps: for small networks and data.

    Formula: w' = w - a H g, where H is the inverse of the curvature as the last ``memory`` changes
        of w and g show it, and a is found by a line search that meets the strong Wolfe conditions.
    Parameters:
        memory: how many past changes of parameters and gradient shape the next step.
        tolerance: done when no entry of the gradient is larger than this.
        flatness: done when an iteration lowers the loss by less than this share of it.
        trials: the most looks at the loss in one line search.
    Numerics: the driver works in float64; the losses and gradients have the executor's precision,
        and in float32 the search ends where rounding hides any further improvement.
    One iteration counts as one epoch and one step, and the learning rate is told as 1: the step
    length is the line search's. All samples are seen at once, so batch size and shuffling make no
    difference; layers that draw at random or keep running statistics are refused. A run that goes
    on starts with an empty memory.
    Source: D. Liu, J. Nocedal, 1989, doi:10.1007/BF01589116; the driver is SciPy's L-BFGS-B 3.0,
        R. Byrd et al., 1995, doi:10.1137/0916069.
    """

    memory: int = hyper(10, kind=int, low=1, doc="the past changes that are remembered")
    tolerance: float = hyper(1e-5, low=0, doc="the size of a gradient's entry that counts as 0")
    flatness: float = hyper(1e-9, low=0, doc="the smallest relative improvement that counts")
    trials: int = hyper(20, kind=int, low=1, doc="the most looks at the loss in one line search")

    def points(self, start: Floats, ask: Ask, count: int) -> Points:
        """The iterates of SciPy's driver."""
        from scipy.optimize import minimize

        options: Any = {
            "maxcor": self.memory, "gtol": self.tolerance, "ftol": self.flatness,
            "maxls": self.trials, "maxiter": count, "maxfun": 10**9,
        }  # fmt: skip

        def drive(ask: Ask, tell: Tell) -> None:
            def done(xk: Floats) -> None:
                tell(xk)

            minimize(
                lambda at, *_: ask(at), start, method="L-BFGS-B", jac=True, callback=done,
                options=options,
            )  # fmt: skip

        return pulled(drive, ask)

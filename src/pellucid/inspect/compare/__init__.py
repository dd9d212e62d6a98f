"""Two networks, or two runs, side by side: what differs between them, and since when."""

from pellucid.inspect.compare.models import Comparison, compare
from pellucid.inspect.compare.runs import RunComparison, compare_runs

__all__ = ["Comparison", "RunComparison", "compare", "compare_runs"]

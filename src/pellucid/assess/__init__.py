"""How good a trained network is: parts of the data, baselines, scores, the report."""

from pellucid.assess.reporting import Report, report

__all__ = ["Report", "report"]

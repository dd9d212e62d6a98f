"""Explanations in words: a trace as worked calculations that one can redo by hand."""

from pellucid.inspect.explain.explanation import explain
from pellucid.inspect.explain.record import FORMATS, Explanation
from pellucid.inspect.explain.worked import Worked

__all__ = ["FORMATS", "Explanation", "Worked", "explain"]

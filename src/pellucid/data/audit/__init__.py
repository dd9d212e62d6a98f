"""The audit of data: what would spoil a model or its test, found before anything is learned."""

from pellucid.data.audit.checks import audit
from pellucid.data.audit.finding import KINDS, Finding

__all__ = ["KINDS", "Finding", "audit"]


def __dir__() -> list[str]:
    return sorted(__all__)

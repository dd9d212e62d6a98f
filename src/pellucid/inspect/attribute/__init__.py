"""Attribution: one answer, shared out among the columns or pixels that it was made from.

Every result says by how much its numbers fail to add up to what they explain.
"""

from pellucid.inspect.attribute.attribution import Attribution
from pellucid.inspect.attribute.explaining import METHODS, attribute

__all__ = ["METHODS", "Attribution", "attribute"]

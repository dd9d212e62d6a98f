"""The autopsy of a training that broke."""

from pellucid.inspect.autopsy.operands import Operand
from pellucid.inspect.autopsy.report import Autopsy, Moment, autopsy
from pellucid.inspect.autopsy.scene import Scene

__all__ = ["Autopsy", "Moment", "Operand", "Scene", "autopsy"]

"""Health of a training: measures of steps, and what they tell, while it learns and afterwards."""

from pellucid.inspect.health.checkup import Checkup, health
from pellucid.inspect.health.look import LayerLook, Look, look
from pellucid.inspect.health.watch import Health, Watch, watch

__all__ = ["Checkup", "Health", "LayerLook", "Look", "Watch", "health", "look", "watch"]

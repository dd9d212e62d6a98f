"""Looking into a trained network: what its answers depend on."""

from pellucid.inspect.importance import Importance, column_importance
from pellucid.inspect.pictures import PictureImportance, picture_importance

__all__ = ["Importance", "PictureImportance", "column_importance", "picture_importance"]

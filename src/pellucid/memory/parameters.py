"""Settings that can be read, changed and copied in scikit-learn's way, without scikit-learn."""

from __future__ import annotations

import inspect
from typing import Any, Self

from pellucid.errors import ParameterError, unknown_name


class Parameters:
    """A model whose constructor keeps each of its arguments as an attribute of that name.

    ``sklearn.base.clone`` copies such a model, and a search may change its settings.
    """

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name; there is nothing deeper."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **settings: Any) -> Self:
        """Change settings; they count from the next ``fit`` on.

        Raises: ``UnknownNameError``, with the nearest name.
        """
        known = self._names()
        for name in settings:
            if name not in known:
                raise unknown_name(f"setting of {type(self).__name__}", name, known)
        for name, value in settings.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """The settings that are not the defaults."""
        own = inspect.signature(type(self).__init__).parameters
        told = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if not _same(value, own[name].default)
        ]
        return f"{type(self).__name__}({', '.join(told)})"

    def _unfitted(self) -> ParameterError:
        name = type(self).__name__
        return ParameterError(f"This {name} has seen no data yet. Call fit(x) first.")


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)

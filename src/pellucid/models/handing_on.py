"""What a network offers for use elsewhere; kept apart, so that ``network.py`` stays readable."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.models.export import Exported


class HandingOn:
    """The part of a ``Network`` that writes it for other programs."""

    def to_onnx(
        self, path: str | os.PathLike[str], x: Any = None, *, numbers: str = "float32"
    ) -> Exported:
        """Write an ONNX model that takes rows and gives labels and chances, or values.

        ONNX Runtime answers for rows of x first: a model that differs is not written.

        Parameters:
            x: real rows to compare on, at most 1,000 of them; by default 100 rows are drawn.
            numbers: the type of the numbers that go in and come out, float32 or float64.
        Returns: what was written, with the largest difference found.
        Raises: ``ExportError`` for a model that cannot be exported, or that differs;
            ``PackageError`` without the extra ``onnx``; ``FileError``.
        """
        from pellucid.models.export import to_onnx

        return to_onnx(self._network(), path, x, numbers=numbers)

    def to_code(self, path: str | os.PathLike[str], language: str) -> Exported:
        """Write a program that predicts and needs nothing else: "python", "c" or "javascript".

        Raises: ``ExportError`` for a model that cannot be exported; ``UnknownNameError`` for
            another language; ``FileError``.
        """
        from pellucid.models.export import to_code

        return to_code(self._network(), path, language)

    def to_torch(self) -> Any:
        """A ``torch.nn.Module`` from rows to chances, scores or values, with these parameters.

        Raises: ``ExportError`` for a model that cannot be exported; ``PackageError`` without the
            extra ``torch``.
        """
        from pellucid.io.torch import to_torch
        from pellucid.models.deploy import deploy

        return to_torch(deploy(self._network()))

    def _network(self) -> Any:
        return self

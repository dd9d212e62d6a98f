"""Networks of models that others made; kept apart, so that ``network.py`` stays readable."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.models.network import Network


class TakingIn:
    """The part of a ``Network`` that reads it from the files and modules of other programs."""

    @staticmethod
    def from_onnx(
        path: str | os.PathLike[str], classes: Any = None, *, shape: Sequence[int] | None = None,
        output: str | None = None,
    ) -> Network:  # fmt: skip
        """Read an ONNX file of known layers; nothing in it is ever run.

        Where onnxruntime is installed, its answers for drawn rows are compared with the
        network's, and a network that differs is not made.

        Parameters:
            path: the file; arrays beside it, as large models have them, are read as well.
            classes: their names in the order of the outputs, or how many there are; by default what
                the file says, 0, 1, ... where it ends with a softmax, and else numbers.
            shape: of one row, where the file leaves sizes open.
            output: the output to read, where there are several that hold numbers.
        Raises: ``FileError`` for a damaged file and naming all nodes that are not known;
            ``PackageError`` without the extra ``onnx``; ``ParameterError`` for classes or a shape
            that do not fit.
        """
        from pellucid.models.imported import from_onnx

        return from_onnx(path, classes, shape=shape, output=output)

    @staticmethod
    def from_torch(
        module: Any, classes: Any = None, *, state: Any = None, shape: Sequence[int] | None = None
    ) -> Network:
        """Read a ``torch.nn.Sequential`` of known modules.

        Parameters:
            module: the module; it is not changed, and later changes of it do not matter.
            classes: as for ``from_onnx``.
            state: a state dictionary, or the path of a safetensors file, in place of the module's
                own numbers. Files of PyTorch's own are not loaded, since that can run code.
            shape: of one row, where the first module does not tell it, as in ``(1, 28, 28)``.
        Raises: ``FileError`` naming all modules that are not known, or arrays that do not fit;
            ``ParameterError`` for what is no module, and where the shape is needed.
        """
        from pellucid.models.imported import from_torch

        return from_torch(module, classes, state=state, shape=shape)

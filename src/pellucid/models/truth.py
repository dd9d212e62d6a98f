"""Truth tables: the answer to each combination of inputs 0 and 1."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.dataclass import dataclass
from pellucid.models.formula import input_names, number

MOST_INPUTS = 8  # 256 rows: more, no one reads

Row = tuple[tuple[int, ...], float]


@dataclass(frozen=True)
class TruthTable:
    """Rows of inputs and the answer to each; printed as a table.

    Example:
        >>> from pellucid import gates
        >>> print(gates.AND.truth_table())
        x1 x2 | y
         0  0 | 0
         0  1 | 0
         1  0 | 0
         1  1 | 1
    """

    rows: tuple[Row, ...]

    @property
    def inputs(self) -> int:
        """How many inputs a row has."""
        return len(self.rows[0][0])

    @property
    def answers(self) -> tuple[float, ...]:
        """The answers, in the order of the rows."""
        return tuple(answer for _, answer in self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        names = input_names(self.inputs)
        wide = max(len(number(answer)) for answer in self.answers)
        lines = [f"{' '.join(names)} | {'y':>{wide}}"]
        for inputs, answer in self.rows:
            cells = [f"{value:>{len(name)}}" for value, name in zip(inputs, names, strict=True)]
            lines.append(f"{' '.join(cells)} | {number(answer):>{wide}}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from pellucid.models.html import table

        rows = [[*map(str, inputs), number(answer)] for inputs, answer in self.rows]
        return table([*input_names(self.inputs), "y"], rows)

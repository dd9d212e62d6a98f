"""An attribution: what each column or pixel gets, and by how much it fails to add up."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from pellucid.dataclass import dataclass
from pellucid.figures.picture import picture_text
from pellucid.figures.table import beside, table_text
from pellucid.graph.primitive import Array
from pellucid.plain import plain

SHOWN = 20
BAR = 20
CELL = 24


@dataclass(frozen=True, eq=False)
class Attribution:
    """What one answer is made of.

    Attributes:
        method: its name, as in ``METHODS``.
        output: what is explained, in words.
        label: the class, label or target that is; None where there is one output only.
        values: one number a column, or in the shape of a row: for pictures a number a pixel.
        errors: their standard errors, where they were sampled, else None.
        names, cells: of columns, what they are called and what they hold; empty for pictures.
        picture: height and width of a picture, else None.
        pixels: the picture itself, else None.
        score: the output for the row.
        baseline: what the row is compared with, in words.
        baseline_score: the output for that.
        evaluations: how many rows the network answered for it; with a gradient each counts once.
        seconds: how long it took.
        notes: what is to be known of how it was found.
    """

    method: str
    output: str
    label: Any
    values: Array
    errors: Array | None
    names: tuple[str, ...]
    cells: tuple[Any, ...]
    picture: tuple[int, int] | None
    pixels: Array | None
    score: float
    baseline: str
    baseline_score: float
    evaluations: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def sum(self) -> float:
        """What all values add up to."""
        return float(self.values.sum())

    @property
    def difference(self) -> float:
        """What they should add up to: the score less that of the baseline."""
        return self.score - self.baseline_score

    @property
    def residual(self) -> float:
        """By how much they fail to add up: the difference less the sum."""
        return self.difference - self.sum

    @property
    def residual_share(self) -> float | None:
        """The size of the residual as a share of the difference's; None for no difference."""
        return abs(self.residual) / abs(self.difference) if self.difference else None

    @property
    def map(self) -> Array | None:
        """Of a picture: what each pixel gets, its channels added up, height x width; else None."""
        if self.picture is None:
            return None
        return np.asarray(self.values.reshape(-1, *self.picture).sum(axis=0))

    def rows(self) -> list[dict[str, Any]]:
        """A row a column, with its value, or one a pixel; the largest in size first."""
        if self.map is not None:
            errors = None if self.errors is None else self.errors.reshape(-1, *self.picture_size)
            places = [{"row": i, "column": j} for i, j in np.ndindex(*self.picture_size)]
            own = None if errors is None else np.sqrt((errors**2).sum(axis=0)).reshape(-1)
            return _sorted(places, self.map.reshape(-1), own)
        flat = None if self.errors is None else self.errors.reshape(-1)
        told = zip(self.names, self.cells, strict=True)
        columns = [{"column": name, "value": cell} for name, cell in told]
        return _sorted(columns, self.values.reshape(-1), flat)

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width; nothing for rows of columns."""
        return self.picture or (0, 0)

    def record(self) -> dict[str, Any]:
        """All of it as plain values, with the values in the input's shape."""
        return {
            "method": self.method, "output": self.output, "label": self.label,
            "score": self.score, "baseline": self.baseline,
            "baseline_score": self.baseline_score, "difference": self.difference,
            "sum": self.sum, "residual": self.residual, "residual_share": self.residual_share,
            "columns": None if self.picture else self.rows(), "values": self.values.tolist(),
            "errors": None if self.errors is None else self.errors.tolist(),
            "evaluations": self.evaluations, "seconds": self.seconds, "notes": list(self.notes),
        }  # fmt: skip

    def to_json(self) -> str:
        """The same as JSON text; dates and the like as text, what is not finite as null."""
        return json.dumps(plain(self.record()), allow_nan=False)

    def text(self, most: int = SHOWN) -> str:
        """All of it for a terminal: a table with bars, or maps of what speaks for and against.

        Parameters:
            most: how many columns are listed; the others are added up, and said to be.
        """
        title = f"{self.output}, by {WORDS.get(self.method, self.method)}"
        shown = self._maps() if self.map is not None else self._table(most)
        return "\n".join([title[0].upper() + title[1:], "", shown, "", *self._sums()])

    __str__ = text

    def _repr_html_(self) -> str:
        from pellucid.inspect.attribute.shown import to_html

        return to_html(self)

    def plot(self, template: str = "light") -> Any:
        """A figure: bars of columns, or a map over the picture.

        Returns: a ``plotly.graph_objects.Figure``.
        """
        from pellucid.figures.attribution import attribution_bars, attribution_map

        answer = f"{self.output}, by {WORDS.get(self.method, self.method)}"
        if self.map is not None:
            drawn = self.pixels is not None and self.pixels.shape[-2:] == self.map.shape
            return attribution_map(self.map, self.pixels if drawn else None, answer, template)
        rows = self.rows()
        errors = [row["error"] for row in rows] if self.errors is not None else None
        return attribution_bars(
            [row["column"] for row in rows], [row["attribution"] for row in rows],
            [row["value"] for row in rows], errors, answer, template,
        )  # fmt: skip

    def _table(self, most: int) -> str:
        rows = self.rows()
        top = max((abs(row["attribution"]) for row in rows), default=0.0) or 1.0
        lines = []
        for row in rows[:most]:
            line = {"column": row["column"], "value": short(row["value"])}
            line["attribution"] = f"{row['attribution']:+.4g}"
            if "error" in row:
                line["±"] = f"{row['error']:.2g}"
            lines.append(line | {" ": bar(row["attribution"] / top)})
        if len(rows) > most:
            rest = sum(row["attribution"] for row in rows[most:])
            told = f"and {len(rows) - most} more, together"
            lines.append({"column": told, "attribution": f"{rest:+.4g}"})
        return table_text(lines, right=("value", "attribution", "±"))

    def _maps(self) -> str:
        assert self.map is not None
        blocks = []
        if self.pixels is not None:
            seen = np.asarray(self.pixels, float).reshape(-1, *self.picture_size).mean(axis=0)
            blocks.append("the picture\n" + picture_text(seen))
        for told, sign in (("speaks for it", 1.0), ("speaks against it", -1.0)):
            own = np.maximum(sign * self.map, 0.0)
            total = f"{told}: {sign * own.sum():+.4g}\n{picture_text(own)}"
            blocks.append(total if own.any() else f"nothing {told}")
        return beside(blocks, 100)

    def _sums(self) -> list[str]:
        share = "" if self.residual_share is None else f" ({percent(self.residual_share)})"
        count = "pixels" if self.picture else "columns"
        lines = [
            f"{self.score:+.6g}  for this {'picture' if self.picture else 'row'}",
            f"{self.baseline_score:+.6g}  for {self.baseline}",
            f"{self.difference:+.6g}  is the difference",
            f"{self.sum:+.6g}  is the sum over all {count}",
            f"{self.residual:+.2g}  is missing{share}",
        ]
        width = max(line.index("  ") for line in lines)
        told = [line.rjust(len(line) + width - line.index("  ")) for line in lines]
        how = f"{self.evaluations:,} evaluations, {self.seconds:.2f} seconds"
        return [*told, "", "; ".join([*self.notes, how])]


WORDS = {
    "gradient_x_input": "gradient x input",
    "integrated_gradients": "integrated gradients",
    "smoothgrad": "SmoothGrad",
    "deeplift": "DeepLIFT",
    "occlusion": "occlusion",
    "grad_cam": "Grad-CAM",
    "exact_shapley": "exact Shapley values",
    "sampled_shapley": "sampled Shapley values",
}


def bar(share: float) -> str:
    """A bar to the right of a middle for what speaks for it, to the left for what is against.

    Example:
        >>> bar(0.5), bar(-0.2)
        ('          │█████', '        ██│')
    """
    half = BAR // 2
    length = min(half, round(half * abs(share)))
    if share < 0:
        return " " * (half - length) + "█" * length + "│"
    return " " * half + "│" + "█" * length


def short(value: Any) -> str:
    """A cell in a few characters."""
    if value is None:
        return "(missing)"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = " ".join(str(value).split())
    return text if len(text) <= CELL else text[: CELL - 1] + "…"


def percent(share: float) -> str:
    """A share in percent, with two digits where it is small.

    Example:
        >>> percent(0.00157), percent(1.0)
        ('0.16 %', '100 %')
    """
    return f"{100 * share:.0f} %" if abs(share) >= 0.1 else f"{100 * share:.2g} %"


def _sorted(
    told: list[dict[str, Any]], values: Array, errors: Array | None
) -> list[dict[str, Any]]:
    rows = []
    for place in np.argsort(-np.abs(values), kind="stable").tolist():
        row = told[place] | {"attribution": float(values[place])}
        rows.append(row if errors is None else row | {"error": float(errors[place])})
    return rows

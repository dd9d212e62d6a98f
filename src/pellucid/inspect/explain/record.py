"""What ``explain`` gives: a tree of worked calculations, and the ways to read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pellucid.dataclass import dataclass
from pellucid.inspect.explain.worked import Worked

FORMATS = ("text", "markdown", "latex", "html")


@dataclass(frozen=True, eq=False)
class Explanation:
    """A worked calculation; text when printed, formulas in a notebook.

    Attributes:
        root: the tree of headings and calculations.
    """

    root: Worked

    @property
    def steps(self) -> Iterator[Worked]:
        """All calculations, in order."""
        return self.root.steps()

    def text(self) -> str:
        """As plain text."""
        from pellucid.inspect.explain.text import to_text

        return to_text(self.root)

    def markdown(self) -> str:
        """As Markdown with formulas in TeX, as GitHub and Jupyter show them."""
        from pellucid.inspect.explain.markdown import to_markdown

        return to_markdown(self.root)

    def latex(self) -> str:
        """As a LaTeX document."""
        from pellucid.inspect.explain.latex import to_latex

        return to_latex(self.root)

    def html(self, *, page: bool = True) -> str:
        """As a page of its own with formulas in MathML, or as a part of a page."""
        from pellucid.inspect.explain.page import to_html

        return to_html(self.root, page=page)

    def write(self, form: str) -> str:
        """In one of the formats text, markdown, latex, html."""
        made: str = getattr(self, form)()
        return made

    def row(self) -> dict[str, Any]:
        """As plain values: titles, formulas, numbers and results as they are printed."""
        return _row(self.root)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html(page=False)


def _row(worked: Worked) -> dict[str, Any]:
    from pellucid.inspect.explain.text import written

    def text(expr: Any) -> str | None:
        return None if expr is None else expr if isinstance(expr, str) else written(expr)

    row: dict[str, Any] = {"title": worked.title}
    if worked.result:
        row |= {
            "symbol": text(worked.symbol),
            "formula": text(worked.formula),
            "numbers": text(worked.numbers),
            "terms": [
                {"label": text(t.label), "numbers": text(t.numbers), "value": t.text}
                for t in worked.terms
            ],
            "result": worked.result,
            "value": worked.value,
        }
    if worked.grids:
        row["grids"] = [{"title": g.title, "rows": [list(r) for r in g.rows]} for g in worked.grids]
    if worked.notes:
        row["notes"] = list(worked.notes)
    if worked.children:
        row["parts"] = [_row(child) for child in worked.children]
    return row

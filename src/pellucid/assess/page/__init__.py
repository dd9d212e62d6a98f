"""The report as one page of HTML that needs nothing else, and as Markdown."""

from pellucid.assess.page.markdown import to_markdown
from pellucid.assess.page.whole import to_html

__all__ = ["to_html", "to_markdown"]

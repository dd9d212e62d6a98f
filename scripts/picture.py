"""Draw the README's picture: what ``pellucid train digits`` prints, as an SVG.

``picture.py OUT.svg`` runs the command in a temporary folder and draws its real output. The SVG
names no font to download: it uses whatever monospaced font the reader has.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

COMMAND = ["train", "digits"]
WIDTH = 84


def main() -> None:
    """Run the command and write the picture."""
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [sys.executable, "-m", "pellucid", *COMMAND],
            cwd=folder, check=True, capture_output=True, text=True,
        )  # fmt: skip
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ pellucid " + " ".join(COMMAND), style="bold"))
    console.print(Text(result.stdout.rstrip()))
    svg = console.export_svg(title="pellucid")
    svg = re.sub(r"@font-face\s*{.*?}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()

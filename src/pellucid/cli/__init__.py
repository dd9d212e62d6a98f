"""The command line: one file a command, each of which loads what it needs when it runs."""

from pellucid.cli.program import main

__all__ = ["main"]

"""The program ``pellucid``: its commands, and how it ends.

Exit 0: done. Exit 1: the run failed. Exit 2: the input is wrong; then one short paragraph says
where, what was found, what was expected and what to do, without a traceback.
"""

from __future__ import annotations

from typing import Any

import click

from pellucid._version import __version__
from pellucid.cli.attribute import attribute
from pellucid.cli.audit import audit
from pellucid.cli.cluster import cluster
from pellucid.cli.compare import compare
from pellucid.cli.completion import completion
from pellucid.cli.data import data
from pellucid.cli.diagnose import diagnose
from pellucid.cli.doctor import doctor
from pellucid.cli.explain import explain
from pellucid.cli.export import export
from pellucid.cli.import_model import import_model
from pellucid.cli.importance import importance
from pellucid.cli.inspect import inspect
from pellucid.cli.learn import learn
from pellucid.cli.output import Failed, WrongInput
from pellucid.cli.predict import predict
from pellucid.cli.replay import replay
from pellucid.cli.report_run import report
from pellucid.cli.resume import resume
from pellucid.cli.serve import serve
from pellucid.cli.studio import studio
from pellucid.cli.train import train
from pellucid.errors import PellucidError


class Program(click.Group):
    """A group of commands that turns the library's errors into a paragraph and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except PellucidError as error:
            raise WrongInput(str(error)) from None
        except KeyboardInterrupt:
            raise Failed("Interrupted: nothing more was done, and nothing is lost.") from None
        except MemoryError:
            raise Failed(
                "There is not enough memory for this. Use fewer rows or a smaller batch."
            ) from None


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pellucid")
def main() -> None:
    """Neural networks you can see through.

    \u0008
    Start with:
      pellucid learn                    lessons, from the first neuron
      pellucid train digits             learn a sample that is built in
      pellucid train my.csv --target y  learn a table of your own
    """


COMMANDS = (
    train, resume, predict, explain, attribute, importance, report, inspect, compare, replay,
    diagnose, cluster, export, import_model, serve, studio, learn, audit, data, doctor,
    completion,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)

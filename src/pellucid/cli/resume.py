"""``pellucid resume``: go on with a run that was broken off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pellucid.cli import complete

if TYPE_CHECKING:
    from pellucid.cli.again import Again


@click.command(short_help="Go on with a run that was killed or interrupted.")
@click.argument("run", shell_complete=complete.models)
@click.option("--data", metavar="DATA", help="Where the data are now, if they were moved.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object as the last line of stdout; the report goes to stderr.",
)
@click.option("--quiet", is_flag=True, help="No progress and no text, only where the run is.")
def resume(run: str, data: str | None, as_json: bool, quiet: bool) -> None:
    """Go on with RUN, a folder that `pellucid train` began and did not end.

    It goes on from the newest checkpoint that can be read, also in the middle of an epoch, and ends
    with the bits, the history and the report that it would have had if nothing had come between.
    The settings are those of the run; the data have to be the same: their SHA-256 is compared.

    \u0008
    Exit: 0 done (also after Ctrl-C), 1 the run failed, 2 the input is wrong.
    """
    from pellucid.cli.again import Again
    from pellucid.cli.training import learn

    again = Again.of(run, data)
    check_open(again)
    again.asked = replace(again.asked, as_json=as_json, quiet=quiet)
    learn(again.asked, again)


def check_open(again: Again) -> None:
    """Refuse a run that is over.

    Raises: ``ParameterError``.
    """
    from pellucid.cli.again import DONE
    from pellucid.errors import ParameterError

    if again.status == DONE:
        raise ParameterError(
            f"{again.path} has come to its end, so there is nothing to go on with. Look at it with "
            f"`pellucid inspect {again.path}`, or train anew for other settings."
        )
    if again.status == "diverged":
        raise ParameterError(
            f"{again.path} diverged, and would again: the same steps give the same numbers. Look "
            "for the cause, or train anew with a smaller --rate."
        )
    if again.status != "preparing" and not again.has_begun:
        raise ParameterError(
            f"{again.path} was made by a Pellucid that kept no checkpoints, so it cannot be gone "
            "on with. Train again for a new run."
        )

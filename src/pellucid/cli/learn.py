"""``pellucid learn``: the lessons, on the studio's page, in the terminal, or as a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pellucid.cli.studio import needs_packages, open_studio, place_options

if TYPE_CHECKING:
    from pellucid.lessons.lesson import Lesson


@click.command(short_help="Lessons, from one neuron to your own data.")
@click.argument("lesson", required=False)
@click.option("--text", is_flag=True, help="Show the lesson here, in the terminal.")
@click.option("--notebook", metavar="OUT.ipynb", help="Write the lesson as a Jupyter notebook.")
@place_options
@click.pass_context
def learn(
    ctx: click.Context, lesson: str | None, text: bool, notebook: str | None, port: int | None,
    no_browser: bool, share: bool, data_dir: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Open the studio at LESSON, by its number or name; without it, at the list of lessons.

    \u0008
    pellucid learn                          the list, in the browser
    pellucid learn 4                        a lesson, in the browser
    pellucid learn 4 --text                 the same in the terminal
    pellucid learn 4 --notebook OUT.ipynb   the same as a notebook
    """
    from pellucid.errors import ParameterError
    from pellucid.lessons.finding import find, is_written

    if text or notebook is not None:
        option = "--text" if text else "--notebook"
        if lesson is None:
            raise ParameterError(
                f"{option} is for one lesson. Say which, such as pellucid learn 1."
            )
        _refuse_options_of_the_page(ctx, option)
    if lesson is not None and (text or notebook is not None or not is_written(lesson)):
        found = find(lesson)
        if notebook is not None:
            _write_notebook(found, notebook)
        if text:
            from pellucid.lessons import terminal

            terminal.show(found)
        if text or notebook is not None:
            return
    needs_packages("pellucid learn")
    from pellucid.studio.opening import opening

    open_studio(
        "/lessons" if lesson is None else f"/lessons/{lesson.strip().lower()}",
        opening(None, None, data_dir),
        port=port, no_browser=no_browser, share=share, as_json=as_json,
    )  # fmt: skip


def _refuse_options_of_the_page(ctx: click.Context, beside: str) -> None:
    """Refuse what is said of the page in the browser where there is none."""
    from click.core import ParameterSource

    from pellucid.errors import ParameterError

    for parameter in ctx.command.params:
        name = parameter.name or ""
        given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name not in ("lesson", "text", "notebook"):
            raise ParameterError(
                f"{parameter.opts[0]} is for the page in the browser, and has no meaning with "
                f"{beside}. Leave it out."
            )


def _write_notebook(lesson: Lesson, path: str) -> None:
    from pathlib import Path

    from pellucid.cli.output import WrongInput, check_out, say, writing
    from pellucid.lessons import notebook

    check_out(path)
    if Path(path).exists():
        raise WrongInput(
            f"{path} is there already, and may hold somebody's answers. Give another name, or "
            "remove it first."
        )
    with writing():
        notebook.write(lesson, path)
    say(path)

"""``pellucid studio``: the page on which networks are watched, touched and learned from."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from pellucid.cli import complete
from pellucid.cli.with_options import with_options

if TYPE_CHECKING:
    from pellucid.studio.opening import Opening
    from pellucid.studio.server import Place

PACKAGES = ("starlette", "uvicorn", "httptools", "websockets")
place_options = with_options(
    click.option(
        "--port", type=click.IntRange(0, 65535), metavar="N",
        help="The port; 0 for any that is free.  [default: 8765 where it is free, else any]",
    ),
    click.option("--no-browser", is_flag=True, help="Print the address, and open no browser."),
    click.option(
        "--share-on-lan", "share", is_flag=True,
        help="Let others on the local network watch, with a code to type; they can change nothing.",
    ),
    click.option(
        "--data-dir", metavar="DIR", help="Folder with the idx files of mnist or fashion_mnist."
    ),
    click.option("--json", "as_json", is_flag=True, help="Say where it is as a line of JSON."),
)  # fmt: skip


@click.command(short_help="Watch, touch and learn, on a page in the browser.")
@click.argument("data", required=False, shell_complete=complete.data)
@click.option(
    "--target",
    metavar="COLUMN",
    shell_complete=complete.columns,
    help="Column of a table to predict.  [default: the last]",
)
@place_options
def studio(
    data: str | None, target: str | None, port: int | None, no_browser: bool, share: bool,
    data_dir: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Open the studio: networks that learn before your eyes, and that you can touch.

    DATA is a sample's name, a table or a folder of pictures, to begin with on the workbench;
    without it you choose on the page. It may also be a model file or the folder of a run, shown on
    the data that it learned from, or a scene that the studio saved.

    It runs on this machine only, until Ctrl-C. The address that it prints lets one browser in,
    once; press Enter for another.
    """
    needs_packages("pellucid studio")
    from pellucid.studio.opening import opening

    begun = opening(data, target, data_dir)
    path = "/" if data is None else "/workbench"
    open_studio(
        path, begun, port=port, no_browser=no_browser, share=share, as_json=as_json
    )  # fmt: skip


def open_studio(
    path: str, begun: Opening, *, port: int | None, no_browser: bool, share: bool, as_json: bool
) -> None:
    """Serve the studio until it is told to end, and open one of its pages."""
    from pellucid.cli.output import say, warn
    from pellucid.studio.browser import open_browser
    from pellucid.studio.engine import Engine
    from pellucid.studio.loading import loader
    from pellucid.studio.server import serve, take_place

    place = take_place(port, share=share)

    def ready() -> None:
        link = place.link(path)
        _say_where(place, link, begun, as_json)
        if not no_browser:
            open_browser(place.link(path), lambda: warn(no_window(place)))

    engine = Engine(loader(begun, warn))
    serve(
        place, engine, ready=ready, log=warn,
        entered=lambda: say(f"Another link: {place.link(path)}"),
    )  # fmt: skip
    if not as_json:
        say("The studio has ended.")
    if engine.is_busy:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # Python itself would wait for the thread


def _say_where(place: Place, link: str, begun: Opening, as_json: bool) -> None:
    from pellucid.cli.output import say, say_json

    if as_json:
        shared = place.shared.url if place.shared else None
        code = place.keys.shown_code if place.shared else None
        record = {"url": link, "address": place.address.url, "port": place.address.port}
        say_json({**record, "shared": shared, "code": code, "pid": os.getpid()})
        return
    say(f"The studio is at {link}")
    if place.shared:
        say(
            f"To watch, on the local network: {place.shared.url} with the code "
            f"{place.keys.shown_code}. It goes without encryption."
        )
    if begun.said:
        say(begun.said)
    more = "Enter gives a link for another browser, " if sys.stdin.isatty() else ""
    say(f"{more}Ctrl-C ends it.")


def no_window(place: Place) -> str:
    """What to do where no browser could be opened."""
    port = place.address.port
    return (
        "No browser was opened: none was found that opens a window here. Open the address above in "
        "a browser on this machine; from another machine, forward the port first: "
        f"ssh -L {port}:127.0.0.1:{port} THIS-MACHINE"
    )


def needs_packages(what: str) -> None:
    """Raise ``PackageError`` where the extra is not installed."""
    from importlib.util import find_spec

    from pellucid.errors import missing_package

    if any(find_spec(name) is None for name in PACKAGES):
        raise missing_package(what, "Starlette, uvicorn, websockets and what they need", "studio")

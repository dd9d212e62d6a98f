"""``pellucid completion``: the script by which a shell completes what is typed."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
)

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_PELLUCID_COMPLETE"
BASH = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response line type value
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
%(complete_var)s=bash_complete $1)
    while IFS= read -r line; do
        type=${line%%%%,*}
        value=${line#*,}
        if [[ $type == 'dir' ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            [[ $value == *[=/] ]] && compopt -o nospace
            COMPREPLY+=("$value")
        fi
    done <<< "$response"
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
SPECIAL = frozenset(" \t\"'\\$`!&|;<>(){}[]*?#~")


class Bash(BashComplete):
    """Completion for Bash, which takes NAME=VALUE for three words, and needs spaces escaped."""

    source_template = BASH

    def source(self) -> str:
        """The script; Bash itself need not be there to write it."""
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the word at it, with NAME=VALUE in one piece."""
        args, text = super().get_completion_args()
        words: list[str] = []
        glued = False
        for word in [*args, text]:
            if words and (glued or word == "="):
                words[-1] += word
            else:
                words.append(word)
            glued = word == "="
        whole = words.pop()
        self.cut = len(whole.rpartition("=")[0]) + 1 if whole != text or text == "=" else 0
        return words, whole

    cut: int = 0
    """So many characters of the word are not replaced: they come before the last =."""

    def format_completion(self, item: CompletionItem) -> str:
        """The item as the script reads it, special characters escaped."""
        if item.type != "plain":
            return f"{item.type},{item.value}"
        value = str(item.value)[self.cut :]
        return "plain," + "".join(f"\\{c}" if c in SPECIAL else c for c in value)


add_completion_class(Bash, "bash")


@click.command(short_help="Print the script that lets a shell complete what you type.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line of stdout.")
@click.pass_context
def completion(ctx: click.Context, /, shell: str, as_json: bool) -> None:
    """Print a script for SHELL: bash, zsh or fish.

    It completes commands, options, the names of samples, engines, rules and kinds, runs, and the
    columns of the table that is given.

    \u0008
      eval "$(pellucid completion bash)"      # in ~/.bashrc
      eval "$(pellucid completion zsh)"       # in ~/.zshrc, after compinit
      pellucid completion fish > ~/.config/fish/completions/pellucid.fish
    """  # fmt: skip
    from pellucid.cli.output import say, say_json

    text = script(ctx.find_root().command, shell)
    if as_json:
        say_json({"shell": shell, "script": text})
    else:
        say(text.rstrip("\n"))


def script(program: Any, shell: str) -> str:
    """The script for a shell."""
    kind: Any = get_completion_class(shell)
    return str(kind(program, {}, "pellucid", VARIABLE).source())

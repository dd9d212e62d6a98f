"""Check what the documents promise: links lead somewhere, shown commands parse, no machine's paths.

The Python blocks of the documents are run by ``tests/test_docs.py``.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
MACHINE = re.compile(r"(?<![\w.:/-])/(?:home|Users|root|work|farm|mnt)/\w")


def documents(root: Path) -> list[Path]:
    """All documents: those at the top, and those under docs."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def blocks(text: str, *languages: str) -> Iterator[tuple[int, str]]:
    """Each fenced block in one of the languages, with the number of its first line."""
    for match in FENCE.finditer(text):
        if match[2] in languages:
            indent = len(match[1])
            lines = [line[indent:] for line in match[3].splitlines()]
            yield text.count("\n", 0, match.start(3)) + 1, "\n".join(lines) + "\n"


def anchors(text: str) -> set[str]:
    """The names by which links reach the headings of a document."""
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(text)]
    return {title.replace(" ", "-") for title in plain}


def broken_links(path: Path) -> Iterator[str]:
    """Links to a file or heading that is not there; links to other sites are left alone."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    text = re.sub(r"`[^`\n]*`", "", text)
    for match in LINK.finditer(text):
        target = match[1] or match[2]
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        if not file.exists():
            yield f"{path}: the link {target} leads nowhere"
        elif (
            anchor
            and file.suffix == ".md"
            and anchor not in anchors(file.read_text(encoding="utf-8"))
        ):
            yield f"{path}: the link {target} leads to a heading that is not there"


def commands(text: str) -> Iterator[tuple[int, list[str]]]:
    """The ``pellucid`` command lines of the console and bash blocks, as words after the name."""
    for first, block in blocks(text, "console", "bash", "sh", "shell"):
        joined = re.sub(r"\\\n", lambda _: " \0", block)  # the mark keeps the count of lines
        line = first
        for command in joined.splitlines():
            words = command.replace("\0", "").strip().removeprefix("$ ")
            if words.startswith("pellucid "):
                yield line, _until_shell(words)
            line += 1 + command.count("\0")


def _until_shell(command: str) -> list[str]:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)[1:]
    ends = [k for k, word in enumerate(words) if set(word) <= set("|&;<>()")]
    return words[: ends[0]] if ends else words


def fault_of(
    command: click.Command, words: list[str], parent: click.Context | None = None
) -> str | None:
    """What a command has against these words, without running it or looking for the files named."""
    context = click.Context(command, parent, command.name)
    try:
        values, left, _ = command.make_parser(context).parse_args(list(words))
        if not left and isinstance(command, click.Group):
            return None
        if isinstance(command, click.Group):
            _, inner, rest = command.resolve_command(context, left)
            return fault_of(inner, rest, context) if inner else "there is no such command"
        if set(words) & set(context.help_option_names):
            return None
        if left:
            return f"it does not take {' '.join(left)}"
        for parameter in command.get_params(context):
            value = values.get(parameter.name or "")
            if parameter.value_is_missing(value):
                if parameter.required:
                    return f"{parameter.human_readable_name} is missing"
            elif not isinstance(parameter.type, click.Path | click.File):
                parameter.type_cast_value(context, value)
    except click.ClickException as problem:
        return problem.format_message()
    return None


def bad_commands(path: Path, program: click.Command) -> Iterator[str]:
    """Command lines of a document that the program would refuse."""
    for line, words in commands(path.read_text(encoding="utf-8")):
        fault = fault_of(program, words)
        if fault:
            yield f"{path}:{line}: `pellucid {' '.join(words)}` does not parse: {fault}"


def machine_paths(root: Path) -> Iterator[str]:
    """Lines of the project's text files with an absolute path of somebody's machine."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=root, check=True, capture_output=True, text=True).stdout
    for path in (root / name for name in names.split("\0") if name):
        if not path.is_file() or b"\0" in path.read_bytes()[:8000]:
            continue
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if MACHINE.search(line):
                yield f"{path}:{number}: the path of a machine: {line.strip()}"


def main() -> int:
    """Print every fault found; 1 if there was any."""
    from pellucid.cli import main as program

    faults = list(machine_paths(ROOT))
    for path in documents(ROOT):
        faults += [*broken_links(path), *bad_commands(path, program)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

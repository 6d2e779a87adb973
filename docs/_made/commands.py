"""The reference of the command line, made of what click knows: it cannot lag behind the code."""

from __future__ import annotations

import inspect

import click
from markupsafe import escape

from bayesfit.commands import main


def page() -> str:
    """All commands: what each does, its examples, its options."""
    top = click.Context(main, info_name="bayesfit")
    parts = [
        "# Command line",
        "Bad input ends as one sentence and exit code 2. `bayesfit --version` prints the version, "
        "`-h` or `--help` what a command takes.",
        _completion(),
    ]
    for name in main.list_commands(top):
        command = main.get_command(top, name)
        assert command is not None
        parts += _command(name, command, top)
    return "\n\n".join(parts) + "\n"


def _completion() -> str:
    """How click's own completion of the shell is switched on."""
    shells = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}
    lines = [f"| {shell} | {_code(_line(shell))} in `{file}` |" for shell, file in shells.items()]
    about = (
        "One line in the file that your shell reads at its start, and the tab key completes "
        "commands, options and their choices, and the names of laws, tables, likelihoods and "
        "questions, yours too. Where none begins as you typed, files are offered."
    )
    parts = ["## Completion in the shell", "", about, "", "| shell | line |", "|---|---|", *lines]
    return "\n".join(parts)


def _line(shell: str) -> str:
    made = f"_BAYESFIT_COMPLETE={shell}_source bayesfit"
    return f"{made} | source" if shell == "fish" else f'eval "$({made})"'


def _command(name: str, command: click.Command, top: click.Context) -> list[str]:
    context = click.Context(command, info_name=name, parent=top)
    about, *examples = _paragraphs(command)
    usage = " ".join(["bayesfit", name, *command.collect_usage_pieces(context)])
    parts = [f"## {name}", escape(about), f"```text\n{usage}\n```"]
    parts += [f"```sh\n{example}\n```" for example in examples if example.startswith("bayesfit ")]
    parts += [escape(x) for x in examples if not x.startswith("bayesfit ")]
    taken = [x for x in command.get_params(context) if isinstance(x, click.Option)]
    rows = [found for x in taken if (found := x.get_help_record(context))]
    lines = [f"| {_code(flags)} | {_cell(help)} |" for flags, help in rows]
    return [*map(str, parts), "\n".join(["| option | |", "|---|---|", *lines])]


def _paragraphs(command: click.Command) -> list[str]:
    """The help text by paragraphs; those that click must not wrap begin with a backspace."""
    text = inspect.cleandoc(command.help or "")
    found = [x.strip() for x in text.split("\n\n")]
    return [
        "\n".join(x.splitlines()[1:]) if x.startswith("\b") else " ".join(x.split()) for x in found
    ]


def _cell(text: str) -> str:
    """Text in a cell of a table, where a bar would end it; words in backticks stay code."""
    return str(escape(text)).replace("|", "&#124;").replace("\n", " ")


def _code(text: str) -> str:
    return f"<code>{_cell(text)}</code>"

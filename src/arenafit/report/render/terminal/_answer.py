"""Prints a verb's answer: result, verdict, needs, then what to run next, and what instead."""

from rich.console import Console

from arenafit.report.documents.answers.answer import Answer
from arenafit.report.render.names import printable as one_line
from arenafit.report.render.terminal._tables import printable

_STYLES = {True: "bold green", False: "bold red", None: ""}


def answer(found: Answer | None, console: Console) -> None:
    """Print the answer and an empty line; commands are never wrapped, so that they can be copied."""
    if found is None:
        return
    console.print(printable(found.result, "bold"))
    if found.contract:
        console.print(printable(found.contract, "yellow"))
    console.print(printable(found.verdict, "bold yellow" if found.fits and found.too_old else _STYLES[found.fits]))
    console.print(printable(found.needs))
    for index, step in enumerate(found.next):
        label = "or:  " if index else "next:"
        console.print(printable(f"{label} {one_line(step.command)}", "bold"), soft_wrap=True)
        console.print(printable(f"      {step.why}", "dim"))
    console.print()


def more(hidden: str, console: Console) -> None:
    """Say what `--all` would show, too."""
    console.print()
    console.print(printable(f"--all shows {hidden}", "dim"))

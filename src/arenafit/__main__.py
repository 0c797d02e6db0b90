"""`python -m arenafit`, and what the command `arenafit` runs."""

import sys

_INTERRUPTED = 130  # as docs/exit-codes.md has it


def main() -> None:
    """Run the command line; a Ctrl-C while it is still being loaded is one like any other."""
    try:
        from arenafit.cli import main as run  # noqa: PLC0415  # what may be interrupted
    except KeyboardInterrupt:
        sys.stderr.write("arenafit: interrupted\n")
        raise SystemExit(_INTERRUPTED) from None
    run()


if __name__ == "__main__":
    main()

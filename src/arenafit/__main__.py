"""`python -m arenafit`."""

from arenafit.cli import main

main()

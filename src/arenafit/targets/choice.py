"""Chooses a target by what a user names: a target, a board, a kernel library."""

import difflib
from dataclasses import replace

from arenafit.errors import TargetError
from arenafit.targets.boards import Board, find_board
from arenafit.targets.libraries import find_library
from arenafit.targets.target import (
    CORTEX_M0_PLUS,
    CORTEX_M4,
    CORTEX_M4_REFERENCE,
    CORTEX_M55,
    ESP32,
    ESP32_P4,
    ESP32_S3,
    GENERIC_32_BIT,
    WHEEL,
    Target,
)

# The first is the default.
TARGETS = (
    CORTEX_M4,
    CORTEX_M4_REFERENCE,
    CORTEX_M55,
    CORTEX_M0_PLUS,
    ESP32,
    ESP32_S3,
    ESP32_P4,
    GENERIC_32_BIT,
    WHEEL,
)


def find_target(name: str) -> Target:
    """Return the target of this name.

    Raises:
        TargetError: if there is none.
    """
    for target in TARGETS:
        if target.name == name:
            return target
    names = [target.name for target in TARGETS]
    close = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise TargetError(f"there is no target '{name}': {hint}known are {', '.join(names)}")


def choose(
    target: str | None = None, board: str | None = None, kernels: str | None = None, reserve_bytes: int | None = None
) -> tuple[Target, Board | None]:
    """Return the target that the names describe, and the board if one is named.

    Args:
        target: name of a target; the default is the first of `TARGETS`.
        board: name of a board or path of a ``.toml`` file; it brings its own target.
        kernels: name of a `KernelLibrary` that replaces the target's.
        reserve_bytes: replaces the RAM reserve of the board.

    Raises:
        TargetError: if a name is unknown, if both a target and a board are named, or a reserve without a board.
    """
    if target is not None and board is not None:
        raise TargetError("a board brings its own target: name one of the two")
    if board is None and reserve_bytes is not None:
        raise TargetError("a reserve needs a board: name one with --board")
    found = None if board is None else find_board(board)
    if found is not None and reserve_bytes is not None:
        found = found.with_reserve(reserve_bytes)
    named = TARGETS[0] if target is None else find_target(target)
    chosen = named if found is None else found.target
    return (chosen if kernels is None else _with_kernels(chosen, kernels)), found


def _with_kernels(target: Target, name: str) -> Target:
    library = find_library(name)
    if library == target.kernels:
        return target
    return replace(target, name=f"{target.name} with {library.name}", kernels=library)

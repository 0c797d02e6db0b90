"""Finds the parts of a room by walking its directory, and those that third parties add by entry point."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def modules(package: str) -> Iterator[ModuleType]:
    """Yield each public module of `package`, imported, in name order; names that begin with "_" are helpers."""
    root = importlib.import_module(package)
    for info in sorted(pkgutil.iter_modules(root.__path__), key=lambda found: found.name):
        if not info.name.startswith("_"):
            yield importlib.import_module(f"{package}.{info.name}")


def discover(package: str, attribute: str, accept: Callable[[object], T], group: str | None = None) -> list[T]:
    """Return `attribute` of every module of `package` that has it, then what entry-point `group` adds.

    Args:
        package: dotted name of the room to walk.
        attribute: the name each part is exported under, such as ``PLANNER``.
        accept: checks and returns one part; raises `TypeError` for what is none.
        group: entry-point group that third parties use; None for rooms that are closed.
    """
    found = [accept(getattr(module, attribute)) for module in modules(package) if hasattr(module, attribute)]
    if group is not None:
        found += [accept(point.load()) for point in sorted(entry_points(group=group), key=lambda point: point.name)]
    return found

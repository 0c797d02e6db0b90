"""Frozen dataclasses that cost little: for what a search makes by the hundred thousand, and sends to other processes.

A dataclass that is frozen at run time sets each field through a guard, which takes several times as long as making the
object otherwise does; with slots it is also pickled field by field in Python. A type checker sees these frozen all the
same, and nothing here writes to one.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

T = TypeVar("T")


def _record(*, frozen: bool, eq: bool = True) -> Callable[[type[T]], type[T]]:
    """Make a class a dataclass that is compared and hashed as a frozen one; by identity without `eq`."""
    if not frozen:
        raise TypeError("a record that may change is a dataclass")
    return dataclass(eq=eq, unsafe_hash=eq)


if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    record = _record


class FieldsAlone:
    """A base of dataclasses without slots: cached properties are not pickled with the fields."""

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields by name."""
        held = vars(self)
        return {item.name: held[item.name] for item in fields(cast("Any", self))}


__all__ = ["FieldsAlone", "record"]

"""Calls that wait for child processes, several at once."""

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]], lanes: int) -> list[T]:
    """Return what each call returns, in their order; with one lane one is made after another.

    With more all begin at once: what they wait for limits how many go on. An interrupt ends none of them, and waits for
    none: whoever owns the child processes ends these.

    Raises:
        Exception: the first in the order of the calls that one of them raised.
    """
    if lanes == 1:
        return [call() for call in calls]
    begun = [_Lane(call) for call in calls]
    for lane in begun:
        lane.start()
    for lane in begun:
        lane.join()
    return [lane.result() for lane in begun]


class _Lane(Thread, Generic[T]):
    def __init__(self, call: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._call = call
        self._found: list[T] = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._found.append(self._call())
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            self._error = error

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._found[0]

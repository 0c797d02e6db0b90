"""A worker of a search: ``python -m arenafit.fit.search.worker`` does tasks from stdin, outcomes go to stdout.

It ends when its stdin does, whatever it is at: nobody is left to take the outcome.
"""

import gc
import os
import signal
import sys
from queue import SimpleQueue
from threading import Thread
from typing import IO

from arenafit.fit.search.frames import read_frame, write_frame
from arenafit.fit.search.tasks import Bench, Enumeration, Outcome
from arenafit.fit.search.wire import TaskReader

# Objects made before the youngest are looked through for cycles, and so on.
_COLLECTIONS = (20_000, 20, 100)


def main() -> None:
    """Do tasks until stdin ends."""
    # Ctrl-C is the search's to handle: it ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waiting: SimpleQueue[bytes] = SimpleQueue()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what anything prints must not get between the frames
    Thread(target=_listen, args=(source, waiting), daemon=True).start()
    reader = TaskReader()
    bench = Bench(reader.first(waiting.get()))
    gc.freeze()
    # Graphs hold few cycles: looking for some so often as usual takes a twentieth of the time.
    gc.set_threshold(*_COLLECTIONS)
    while True:
        task, seconds = reader.task(waiting.get())
        try:
            outcome = bench.run(task, seconds)
        except Exception as error:  # one that lists options is told to the search, which meets it again
            if not isinstance(task, Enumeration):
                raise
            outcome = Outcome(0, failure=f"{type(error).__name__}: {error}")
        write_frame(target, reader.answer(outcome))


def _listen(source: IO[bytes], waiting: "SimpleQueue[bytes]") -> None:
    while (frame := read_frame(source)) is not None:
        waiting.put(frame)
    os._exit(0)


if __name__ == "__main__":
    main()

"""Messages on a pipe: their length in eight bytes, then their content."""

from typing import IO

_LENGTH_BYTES = 8


def write_frame(target: IO[bytes], content: bytes) -> None:
    """Write one message."""
    target.write(len(content).to_bytes(_LENGTH_BYTES, "little"))
    target.write(content)
    target.flush()


def read_frame(source: IO[bytes]) -> bytes | None:
    """Return the next message; None if the other end is gone."""
    length = source.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    content = source.read(int.from_bytes(length, "little"))
    return content if len(content) == int.from_bytes(length, "little") else None

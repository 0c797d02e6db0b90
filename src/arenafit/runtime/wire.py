"""Frames between us and a child process: a JSON header and arrays, nothing that could run code when read.

A frame is four bytes ``AFIT``, the header's length (uint32) and the arrays' length (uint64), little-endian, then the
header as JSON and the arrays' raw elements one after the other. The header's key ``arrays`` lists dtype and shape.
"""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arenafit.runtime.types import Array

# Outputs may take hundreds of megabytes: they are not copied on their way.
Buffer: TypeAlias = "bytes | memoryview"

_MAGIC = b"AFIT"
_PREFIX = struct.Struct("<4sIQ")


class BrokenFrameError(ValueError):
    """The other side ended or sent something that is not a frame."""


def pack(header: dict[str, Any], arrays: Sequence[Array] = ()) -> bytes:
    """Return the frame that carries `header` (JSON values only) and `arrays`."""
    return b"".join(parts_of(header, arrays))


def parts_of(header: dict[str, Any], arrays: Sequence[Array] = ()) -> list[Buffer]:
    """Return the same frame as buffers to be written one after the other."""
    listed = [{"dtype": array.dtype.str, "shape": array.shape} for array in arrays]
    text = json.dumps({**header, "arrays": listed}).encode()
    payload = [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for array in arrays]
    return [_PREFIX.pack(_MAGIC, len(text), sum(part.nbytes for part in payload)) + text, *payload]


def unpack(read: Callable[[int], Buffer]) -> tuple[dict[str, Any], tuple[Array, ...]] | None:
    """Return the next frame's header and arrays, or None at a clean end; `read(n)` gives n bytes or fewer at the end.

    Raises:
        BrokenFrameError: if the stream ends inside a frame or holds something else.
    """
    prefix = read(_PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < _PREFIX.size or prefix[:4] != _MAGIC:
        raise BrokenFrameError("not a frame")
    _, header_bytes, payload_bytes = _PREFIX.unpack(prefix)
    text, payload = read(header_bytes), read(payload_bytes)
    if len(text) < header_bytes or len(payload) < payload_bytes:
        raise BrokenFrameError("the stream ended inside a frame")
    header: dict[str, Any] = json.loads(bytes(text))
    return header, _arrays(header.pop("arrays"), payload)


def _arrays(listed: list[dict[str, Any]], payload: Buffer) -> tuple[Array, ...]:
    arrays: list[Array] = []
    offset = 0
    for entry in listed:
        dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
        count = math.prod(shape)
        arrays.append(np.frombuffer(payload, dtype, count, offset).reshape(shape))
        offset += count * dtype.itemsize
    return tuple(arrays)

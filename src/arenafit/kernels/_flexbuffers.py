"""Reads the custom options of custom operators: a FlexBuffers map of scalars, such as TFLM's signal kernels take."""

import struct

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Op
from arenafit.kernels.protocol import Requests

_NULL, _INT, _UINT, _FLOAT, _MAP, _BOOL = 0, 1, 2, 3, 9, 26
_WIDTHS = (1, 2, 4, 8)
_FORMATS = {_INT: "bhiq", _UINT: "BHIQ", _BOOL: "BHIQ", _FLOAT: " efd"}

Scalar = int | float | bool | None


def custom_options(requests: Requests) -> dict[str, Scalar]:
    """Return the scalars of an operator's options by name; {} if it has none.

    Raises:
        UnsupportedModelError: if the bytes are no FlexBuffers map.
    """
    try:
        return options_of(requests.op)
    except ValueError as broken:
        label = requests.op.code.label
        raise UnsupportedModelError(f"{label} (operator {requests.op.id}): its options are no map") from broken


def options_of(op: Op) -> dict[str, Scalar]:
    """Return the scalars of an operator's options by name; {} if it has none.

    Raises:
        ValueError: if the bytes are no FlexBuffers map.
    """
    if not op.custom_options:
        return {}
    try:
        return _root(op.custom_options)
    except (IndexError, struct.error) as broken:
        raise ValueError("the options are no map") from broken


def whole_number(requests: Requests, name: str) -> int:
    """Return an option that must be a whole number.

    Raises:
        UnsupportedModelError: if it is missing or none.
    """
    found = custom_options(requests).get(name)
    if not isinstance(found, int) or found < 0:
        label = requests.op.code.label
        raise UnsupportedModelError(f"{label} (operator {requests.op.id}): its option '{name}' is no size")
    return int(found)


def _root(data: bytes) -> dict[str, Scalar]:
    width = data[-1]
    position = len(data) - 2 - width
    kind, child_width = data[-2] >> 2, 1 << (data[-2] & 3)
    if kind != _MAP:
        raise ValueError("the root is no map")
    start = position - _unsigned(data, position, width)
    size = _unsigned(data, start - child_width, child_width)
    keys_at = start - 3 * child_width
    keys = keys_at - _unsigned(data, keys_at, child_width)
    keys_width = _unsigned(data, start - 2 * child_width, child_width)
    found: dict[str, Scalar] = {}
    for index in range(size):
        key_at = keys + index * keys_width
        name_at = key_at - _unsigned(data, key_at, keys_width)
        name = data[name_at : data.index(0, name_at)].decode()
        packed = data[start + size * child_width + index]
        found[name] = _scalar(data, start + index * child_width, child_width, packed)
    return found


def _scalar(data: bytes, position: int, width: int, packed: int) -> Scalar:
    kind = packed >> 2
    if kind not in _FORMATS:
        return None
    value = _read(data, position, _FORMATS[kind], width)
    return bool(value) if kind == _BOOL else value


def _unsigned(data: bytes, position: int, width: int) -> int:
    return int(_read(data, position, _FORMATS[_UINT], width))


def _read(data: bytes, position: int, formats: str, width: int) -> int | float:
    if position < 0 or width not in _WIDTHS:
        raise ValueError("an offset points before the options")
    value: int | float = struct.unpack_from("<" + formats[_WIDTHS.index(width)], data, position)[0]
    return value

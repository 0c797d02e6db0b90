"""Bytes to plain data, every access checked: the flatbuffer verifier and the reader in one walk.

Tables become dicts of their fields, unions `(table name, dict)`, vectors tuples, byte vectors `bytes`; an absent
vector, string, table or union is None, an absent scalar its default.
"""

import struct
from math import isnan, nan
from typing import Any

from arenafit.errors import ModelFormatError
from arenafit.tflite.schema import Field, Schema, Table, schema

_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_I32 = struct.Struct("<i")
_VTABLE_HEAD = struct.Struct("<HH")
# Work allowed per byte of the file: honest files visit every byte about once, a bomb of shared offsets many times.
_WORK_PER_BYTE = 2
_WORK_FLOOR = 4096


class DamageError(Exception):
    """What is wrong; `path` grows from the damaged field to the root while it travels up."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        self.path: list[str] = []


def decode(data: bytes, root: str, source: str) -> dict[str, Any]:
    """Return the root table `root` of the flatbuffer `data` as plain data.

    Raises:
        ModelFormatError: naming `source`, the damaged field and the damage.
    """
    try:
        return Decoder(data).root(root)
    except DamageError as damage:
        where = "".join(damage.path).lstrip(".") or "the root"
        raise ModelFormatError(f"{source}: damaged model: {where}: {damage.what}") from None


class Decoder:
    """Walks one flatbuffer."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._size = len(data)
        self._work = _WORK_PER_BYTE * len(data) + _WORK_FLOOR
        self._schema: Schema = schema()
        self._blobs: dict[tuple[int, int], bytes] = {}
        self._blob_bytes = 0
        self._readers = {
            "scalar": self._scalar,
            "string": self._string,
            "bytes": self._bytes,
            "vector": self._vector,
            "table": self._child,
            "tables": self._tables,
            "deprecated": self._deprecated,
        }

    def root(self, name: str) -> dict[str, Any]:
        """Return the root table, of type `name`."""
        return self._table(self._schema.tables[name], self._follow(0))

    def _spend(self, amount: int) -> None:
        self._work -= amount
        if self._work < 0:
            raise DamageError("its parts overlap so often that they exceed the file many times over")

    def _follow(self, position: int) -> int:
        if position + 4 > self._size:
            raise DamageError(f"an offset stands at byte {position}, beyond the end of the file ({self._size} bytes)")
        offset: int = _U32.unpack_from(self._data, position)[0]
        target = position + offset
        if offset == 0 or target + 4 > self._size:
            raise DamageError(f"an offset leads to byte {target}, outside the file ({self._size} bytes)")
        return target

    def _slots(self, position: int) -> tuple[tuple[int, ...], int]:
        if position + 4 > self._size:
            raise DamageError(f"a table stands at byte {position}, beyond the end of the file ({self._size} bytes)")
        vtable = position - _I32.unpack_from(self._data, position)[0]
        if not 0 <= vtable <= self._size - 4:
            raise DamageError(f"its field list leads to byte {vtable}, outside the file ({self._size} bytes)")
        vtable_size, table_size = _VTABLE_HEAD.unpack_from(self._data, vtable)
        if vtable_size < 4 or vtable_size % 2 or vtable + vtable_size > self._size:
            raise DamageError(f"its field list at byte {vtable} has the impossible size {vtable_size}")
        if table_size < 4 or position + table_size > self._size:
            raise DamageError(f"its table at byte {position} has the impossible size {table_size}")
        count = vtable_size // 2 - 2
        return struct.unpack_from(f"<{count}H", self._data, vtable + 4), table_size

    def _table(self, spec: Table, position: int) -> dict[str, Any]:
        offsets, table_size = self._slots(position)
        count = len(offsets)
        # A field left out costs time as well.
        self._spend(1 + max(count, len(spec.slots)))
        found: dict[str, Any] = {}
        for field in spec.fields:
            offset = offsets[field.slot] if field.slot < count else 0
            try:
                found[field.name] = self._field(field, position, offset, offsets, table_size)
            except DamageError as damage:
                damage.path.insert(0, f".{field.name}")
                raise
        if any(offsets[len(spec.slots) :]):
            raise DamageError(f"{spec.name} has a field of a newer schema than this arenafit knows")
        return found

    def _field(self, field: Field, position: int, offset: int, offsets: tuple[int, ...], table_size: int) -> Any:
        if offset and (offset < 4 or offset + field.size_bytes > table_size):
            raise DamageError("it stands outside its table")
        if field.kind == "union":
            return self._union(field, position, offsets, table_size)
        return self._readers[field.kind](field, position + offset) if offset else field.default

    def _scalar(self, field: Field, position: int) -> int | float | bool:
        value: int | float | bool = struct.unpack_from("<" + field.code, self._data, position)[0]
        # One NaN object for all, so that equal models compare equal.
        return nan if field.code == "f" and isnan(value) else value

    def _extent(self, position: int, element_size: int) -> tuple[int, int]:
        start = self._follow(position) + 4
        count: int = _U32.unpack_from(self._data, start - 4)[0]
        if start + count * element_size > self._size:
            raise DamageError(
                f"{count} elements of {element_size} bytes from byte {start} on exceed the file ({self._size} bytes)"
            )
        return start, count

    def _bytes(self, _field: Field, position: int) -> bytes:
        extent = self._extent(position, 1)
        if extent not in self._blobs:
            self._blob_bytes += extent[1]
            if self._blob_bytes > self._size:
                raise DamageError("its bytes overlap those of others: together they exceed the file")
            self._blobs[extent] = bytes(self._data[extent[0] : extent[0] + extent[1]])
        return self._blobs[extent]

    def _string(self, _field: Field, position: int) -> str:
        start, count = self._extent(position, 1)
        self._spend(count)
        try:
            return bytes(self._data[start : start + count]).decode("utf-8")
        except UnicodeDecodeError:
            raise DamageError("the text is not UTF-8") from None

    def _vector(self, field: Field, position: int) -> tuple[Any, ...]:
        start, count = self._extent(position, struct.calcsize("<" + field.code))
        self._spend(count)
        values = struct.unpack_from(f"<{count}{field.code}", self._data, start)
        if field.code == "f" and any(isnan(value) for value in values):
            return tuple(nan if isnan(value) else value for value in values)
        return values

    def _child(self, field: Field, position: int) -> dict[str, Any]:
        return self._table(self._schema.tables[field.target], self._follow(position))

    def _tables(self, field: Field, position: int) -> tuple[dict[str, Any], ...]:
        start, count = self._extent(position, 4)
        spec = self._schema.tables[field.target]
        found = []
        for index in range(count):
            try:
                found.append(self._table(spec, self._follow(start + 4 * index)))
            except DamageError as damage:
                damage.path.insert(0, f"[{index}]")
                raise
        return tuple(found)

    def _union(
        self, field: Field, position: int, offsets: tuple[int, ...], table_size: int
    ) -> tuple[str, dict[str, Any]] | None:
        at = offsets[field.slot - 1] if field.slot - 1 < len(offsets) else 0
        if at and not 4 <= at < table_size:
            raise DamageError("its type stands outside its table")
        number = self._data[position + at] if at else 0
        value = offsets[field.slot] if field.slot < len(offsets) else 0
        members = self._schema.unions[field.target]
        if number > len(members):
            raise DamageError(f"type {number} is none of the {len(members)} types of {field.target}")
        if number == 0 or not value:
            return None
        spec = self._schema.tables[members[number - 1]]
        return spec.name, self._table(spec, self._follow(position + value))

    def _deprecated(self, _field: Field, _position: int) -> None:
        return None

"""Plain data (as decode.py gives it) to flatbuffer bytes."""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arenafit.errors import UnsupportedModelError
from arenafit.tflite.schema import Field, Table, schema

_INITIAL_BYTES = 1 << 16


def encode(root: str, value: Mapping[str, Any], identifier: bytes, size_hint_bytes: int = _INITIAL_BYTES) -> bytes:
    """Return the flatbuffer whose root is the table `root` with the fields of `value`.

    Fields that are absent or None are left out. Byte vectors stand aligned as the schema asks.

    Raises:
        UnsupportedModelError: if a value does not fit its field, or a table has no such field.
    """
    import flatbuffers  # noqa: PLC0415 - writing alone needs it

    encoder = _Encoder(flatbuffers.Builder(size_hint_bytes))
    try:
        encoder.builder.Finish(encoder.table(schema().tables[root], value), file_identifier=identifier)
    except (struct.error, TypeError, ValueError, flatbuffers.builder.BuilderSizeError) as error:
        raise UnsupportedModelError(f"the model cannot be written: {error}") from error
    return bytes(encoder.builder.Output())


class _Encoder:
    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self._strings: dict[str, int] = {}
        self._writers: dict[str, Callable[[Field, Any], int]] = {
            "string": self._string,
            "bytes": self._bytes,
            "vector": self._vector,
            "table": self._child,
            "tables": self._tables,
        }

    def table(self, spec: Table, value: Mapping[str, Any]) -> int:
        known = {field.name for field in spec.fields}
        unknown = next((name for name in value if name not in known), None)
        if unknown is not None:
            raise UnsupportedModelError(f"{spec.name} has no field '{unknown}'")
        scalars: list[tuple[Field, Any]] = []
        offsets: list[tuple[int, int]] = []
        for field in spec.fields:
            item = value.get(field.name)
            if item is None or field.kind == "deprecated":
                continue
            if field.kind == "scalar":
                scalars.append((field, item))
            elif field.kind == "union":
                offsets.append((field.slot, self._union(field, item)))
            else:
                offsets.append((field.slot, self._writers[field.kind](field, item)))
        unions = [(field.slot - 1, value[field.name][0]) for field in spec.fields if _has_union(field, value)]
        return self._finish_table(spec, scalars, offsets, unions)

    def _finish_table(
        self,
        spec: Table,
        scalars: Sequence[tuple[Field, Any]],
        offsets: Sequence[tuple[int, int]],
        unions: Sequence[tuple[int, str]],
    ) -> int:
        builder = self.builder
        builder.StartObject(len(spec.slots))
        for field, item in sorted(scalars, key=lambda entry: -entry[0].size_bytes):
            if item != field.default:
                _put_scalar(builder, field, item)
        for slot, offset in offsets:
            builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
        for slot, name in unions:
            builder.PrependUint8Slot(slot, _union_type(name), 0)
        return int(builder.EndObject())

    def _string(self, _field: Field, item: str) -> int:
        if item not in self._strings:
            self._strings[item] = self.builder.CreateString(item)
        return self._strings[item]

    def _bytes(self, field: Field, item: bytes) -> int:
        return self._raw(item, len(item), 1, field.alignment_bytes)

    def _vector(self, field: Field, item: Sequence[Any]) -> int:
        packed = struct.pack(f"<{len(item)}{field.code}", *item)
        return self._raw(packed, len(item), struct.calcsize("<" + field.code), field.alignment_bytes)

    def _raw(self, packed: bytes, count: int, element_size: int, alignment: int) -> int:
        builder = self.builder
        builder.StartVector(element_size, count, alignment)
        builder.head = builder.head - len(packed)
        builder.Bytes[builder.head : builder.head + len(packed)] = packed
        return int(builder.EndVector())

    def _child(self, field: Field, item: Any) -> int:
        return self.table(schema().tables[field.target], dict(item))

    def _tables(self, field: Field, item: Sequence[Any]) -> int:
        spec = schema().tables[field.target]
        offsets = [self.table(spec, dict(entry)) for entry in item]
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return int(self.builder.EndVector())

    def _union(self, field: Field, item: tuple[str, Any]) -> int:
        name, value = item
        if name not in schema().unions[field.target]:
            raise UnsupportedModelError(f"{field.target} has no type '{name}'")
        return self.table(schema().tables[name], dict(value))


def _has_union(field: Field, value: Mapping[str, Any]) -> bool:
    return field.kind == "union" and value.get(field.name) is not None


def _union_type(name: str) -> int:
    return next(members.index(name) + 1 for members in schema().unions.values() if name in members)


def _put_scalar(builder: Any, field: Field, item: Any) -> None:
    packed = struct.pack("<" + field.code, item)
    size = len(packed)
    builder.Prep(size, 0)
    builder.head = builder.head - size
    builder.Bytes[builder.head : builder.head + size] = packed
    builder.Slot(field.slot)

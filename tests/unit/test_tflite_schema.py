import struct
from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as generated

from arenafit.tflite.schema import Field, Table, schema

# How the generated code of flatbuffers calls what stands in a slot.
_TYPES = {
    "?": "Bool",
    "b": "Int8",
    "B": "Uint8",
    "h": "Int16",
    "H": "Uint16",
    "i": "Int32",
    "I": "Uint32",
    "q": "Int64",
    "Q": "Uint64",
    "f": "Float32",
}


class Recorder:
    """Stands in for a builder and notes the one call a generated function makes."""

    def __init__(self) -> None:
        self.call: tuple[str, tuple[Any, ...]] = ("", ())

    def __getattr__(self, name: str) -> Any:
        def note(*arguments: Any) -> None:
            self.call = (name, arguments)

        return note


def recorded(function: str, *arguments: Any) -> tuple[str, tuple[Any, ...]]:
    recorder = Recorder()
    getattr(generated, function)(recorder, *arguments)
    return recorder.call


def camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def members(name: str) -> dict[str, int]:
    return {key: value for key, value in vars(getattr(generated, name)).items() if not key.startswith("_")}


def value_fields(table: Table) -> list[Field]:
    return [field for field in table.fields if field.kind != "deprecated"]


@pytest.mark.parametrize("name", sorted(schema().enums))
def test_enums_are_those_of_the_installed_schema_classes(name: str) -> None:
    assert dict(schema().enums[name]) == members(name)


@pytest.mark.parametrize("name", sorted(schema().unions))
def test_unions_are_those_of_the_installed_schema_classes(name: str) -> None:
    numbered = {table: index + 1 for index, table in enumerate(schema().unions[name])}
    assert {"NONE": 0, **numbered} == members(name)


@pytest.mark.parametrize("name", sorted(schema().tables))
def test_tables_have_the_slots_of_the_installed_schema_classes(name: str) -> None:
    table = schema().tables[name]
    assert recorded(f"{name}Start") == ("StartObject", (len(table.slots),))
    for field in value_fields(table):
        call, (slot, _, default) = recorded(f"{name}Add{camel(field.name)}", 0)
        assert slot == field.slot
        if field.kind != "scalar":
            assert call == "PrependUOffsetTRelativeSlot"
            continue
        assert call == f"Prepend{_TYPES[field.code]}Slot"
        assert default == field.default


@pytest.mark.parametrize("name", sorted(schema().tables))
def test_vectors_have_the_elements_of_the_installed_schema_classes(name: str) -> None:
    vectors = [field for field in schema().tables[name].fields if field.kind in {"vector", "bytes", "tables"}]
    for field in vectors:
        call, (size, _, alignment) = recorded(f"{name}Start{camel(field.name)}Vector", 0)
        assert call == "StartVector"
        assert size == (struct.calcsize("<" + field.code) if field.kind != "tables" else 4)
        assert field.alignment_bytes % alignment == 0


def test_no_table_of_the_installed_schema_classes_is_missing() -> None:
    tables = {name.removesuffix("Start") for name in vars(generated) if name.endswith("Start")}
    assert tables == set(schema().tables)


@pytest.mark.parametrize("name", sorted(schema().tables))
def test_no_field_of_the_installed_schema_classes_is_missing(name: str) -> None:
    prefix = f"{name}Add"
    added = {key.removeprefix(prefix) for key in vars(generated) if key.startswith(prefix)}
    unions = {f"{camel(field.name)}Type" for field in schema().tables[name].fields if field.kind == "union"}
    assert added - unions == {camel(field.name) for field in value_fields(schema().tables[name])}

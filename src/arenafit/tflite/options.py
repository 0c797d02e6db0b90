"""Builtin options with every field filled in, so that a new operator equals the same one read back from a file."""

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Options, Plain
from arenafit.tflite.schema import Table, schema


def make_options(kind: str, **values: Plain) -> Options:
    """Return options of the schema's table `kind`; fields that are not named take the schema's defaults.

    Enum fields are their numbers, as everywhere in `ir.Options`.

    Raises:
        UnsupportedModelError: if the schema has no such options, or they have no such field.
    """
    unions = schema().unions
    if kind not in unions["BuiltinOptions"] and kind not in unions["BuiltinOptions2"]:
        raise UnsupportedModelError(f"the schema has no options '{kind}'")
    table: Table = schema().tables[kind]
    known: dict[str, Plain] = {field.name: field.default for field in table.fields}
    unknown = next((name for name in values if name not in known), None)
    if unknown is not None:
        raise UnsupportedModelError(f"{kind} has no field '{unknown}'")
    return Options(kind, tuple({**known, **values}.items()))

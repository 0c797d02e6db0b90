"""Builds an `ir.Model` from the decoded flatbuffer.

What `Model` has no field for goes into `extras`, as the schema names it, and is written back: of a model
``metadata_buffer``, ``external_buffer_groups``, ``external_buffers``, ``unreferenced_buffers`` (contents that nothing
names), ``offline_plan_header`` and ``offline_plan_trailing``; of a graph and an operator ``debug_metadata_index``; of
an operator also ``custom_options_format``, ``mutating_variable_inputs``, ``custom_options_outside``,
``builtin_options_2`` (where it fills both unions); of a tensor ``sparsity``, ``has_rank``, ``variant_tensors``,
``external_buffer``, ``stored_outside``.

A constant ``stored_outside`` the flatbuffer (Buffer.offset and .size, for files beyond 2 GB) has its bytes in `data`
like any other, but TFLM looks at Buffer.data alone and would place such a tensor in the arena
(GetFlatbufferTensorBuffer in tensorflow/lite/micro/micro_allocator.cc, 90b983c2).

Not kept, since nothing can tell: operator codes that no operator uses, which of several equal buffers a tensor names,
absent as against empty lists of shapes, names, operands and scales.
"""

from typing import Any

from arenafit.errors import UnsupportedModelError
from arenafit.ir import (
    OFFLINE_PLAN_METADATA,
    Constant,
    DType,
    Graph,
    Model,
    Op,
    OpCode,
    OpId,
    Options,
    Plain,
    Quant,
    Signature,
    Tensor,
    TensorId,
)
from arenafit.tflite.metadata import PLAN_VERSION, OfflinePlan, parse_plan
from arenafit.tflite.schema import schema

Decoded = dict[str, Any]
Extras = tuple[tuple[str, Plain], ...]

# An offset of 0 or 1 in Buffer and Operator means that nothing is stored outside the flatbuffer.
_FIRST_OUTSIDE_OFFSET = 2
# Fields of quantisation details that name tensors by their index in the graph.
_TENSOR_FIELDS = ("scales", "zero_points")


def freeze(value: Any) -> Plain:
    """Return decoded data as hashable data: a table becomes pairs of its names and values."""
    if isinstance(value, dict):
        return tuple((name, freeze(item)) for name, item in value.items())
    if isinstance(value, tuple):
        return tuple(freeze(item) for item in value)
    plain: Plain = value
    return plain


class ModelBuilder:
    """Turns one decoded file, already checked by `verify.check`, into a Model. Ids count on in file order."""

    def __init__(self, root: Decoded, data: bytes, source: str) -> None:
        self._root = root
        self._data = data
        self._source = source
        self._used_buffers: set[int] = set()
        self._first_ids: list[int] = [0]
        self._next_op = 0
        types = schema().enums["TensorType"]
        self._dtypes = {number: DType[name] for name, number in types.items()}
        self._code_names = {number: name for name, number in schema().enums["BuiltinOperator"].items()}
        self._codes = [self._code(entry, index) for index, entry in enumerate(root["operator_codes"] or ())]
        self._constants = [self._constant(entry) for entry in root["buffers"] or ()]

    def build(self) -> Model:
        """Return the Model."""
        root = self._root
        graphs = tuple(self._graph(entry) for entry in root["subgraphs"] or ())
        metadata = tuple((entry["name"] or "", self._blob(entry["buffer"])) for entry in root["metadata"] or ())
        signatures = tuple(self._signature(entry) for entry in root["signature_defs"] or ())
        extras = self._model_extras()
        plan = self._plan(metadata, [tensor.id for graph in graphs for tensor in graph.tensors])
        if plan is not None:
            metadata = tuple(entry for entry in metadata if entry[0] != OFFLINE_PLAN_METADATA)
            extras += self._plan_extras(plan, len(graphs))
        return Model(
            graphs=graphs,
            offline_plan=None if plan is None else plan.offsets_bytes,
            signatures=signatures,
            metadata=metadata,
            description=root["description"] or "",
            version=root["version"],
            extras=extras,
        )

    def _code(self, entry: Decoded, index: int) -> OpCode:
        # As GetBuiltinCode (tensorflow/compiler/mlir/lite/schema/schema_utils.cc): old files fill the narrow field.
        number = max(entry["builtin_code"], entry["deprecated_builtin_code"])
        name = self._code_names.get(number)
        if name is None:
            raise UnsupportedModelError(f"{self._source}: operator code {index} is the unknown builtin {number}")
        return OpCode(name, entry["version"], entry["custom_code"])

    def _outside(self, offset: int, size: int) -> bytes | None:
        return self._data[offset : offset + size] if offset >= _FIRST_OUTSIDE_OFFSET and size else None

    def _constant(self, entry: Decoded) -> tuple[Constant | None, bool]:
        # TFLM takes a buffer without bytes for no data (GetFlatbufferTensorBuffer in micro_allocator.cc).
        if entry["data"]:
            return Constant(entry["data"]), False
        outside = self._outside(entry["offset"], entry["size"])
        return (None, False) if outside is None else (Constant(outside), True)

    def _blob(self, buffer: int) -> bytes:
        self._used_buffers.add(buffer)
        constant, _ = self._constants[buffer]
        return b"" if constant is None else constant.data

    def _plan(self, metadata: tuple[tuple[str, bytes], ...], tensors: list[TensorId]) -> OfflinePlan | None:
        raws = [raw for name, raw in metadata if name == OFFLINE_PLAN_METADATA]
        parsed = parse_plan(raws[0], tensors) if len(raws) == 1 else None
        return parsed if isinstance(parsed, OfflinePlan) else None

    def _plan_extras(self, plan: OfflinePlan, graph_count: int) -> Extras:
        found: list[tuple[str, Plain]] = []
        if plan.header != (PLAN_VERSION, graph_count):
            found.append(("offline_plan_header", plan.header))
        if plan.trailing:
            found.append(("offline_plan_trailing", plan.trailing))
        return tuple(found)

    def _model_extras(self) -> Extras:
        root = self._root
        found: list[tuple[str, Plain]] = []
        if root["metadata_buffer"] is not None:
            found.append(("metadata_buffer", tuple(self._blob(buffer) for buffer in root["metadata_buffer"])))
        found += [(name, freeze(root[name])) for name in ("external_buffer_groups", "external_buffers") if root[name]]
        held = {self._blob(buffer) for buffer in tuple(self._used_buffers)}
        spare = tuple(
            dict.fromkeys(
                constant.data for constant, _ in self._constants if constant is not None and constant.data not in held
            )
        )
        return (*found, ("unreferenced_buffers", spare)) if spare else tuple(found)

    def _graph(self, entry: Decoded) -> Graph:
        first = self._first_ids[-1]
        decoded = entry["tensors"] or ()
        self._first_ids.append(first + len(decoded))
        tensors = tuple(self._tensor(first, position, item) for position, item in enumerate(decoded))
        ops = tuple(self._op(first, item) for item in entry["operators"] or ())
        extras: Extras = ()
        if entry["debug_metadata_index"] != -1:
            extras = (("debug_metadata_index", entry["debug_metadata_index"]),)
        inputs, outputs = _ids(first, entry["inputs"]), _ids(first, entry["outputs"])
        return Graph(tensors, ops, inputs, outputs, entry["name"] or "", extras)

    def _tensor(self, first: int, position: int, entry: Decoded) -> Tensor:
        constant, is_outside = self._constants[entry["buffer"]]
        self._used_buffers.add(entry["buffer"])
        extras: list[tuple[str, Plain]] = []
        if is_outside:
            extras.append(("stored_outside", True))
        extras += [
            (name, freeze(entry[name]))
            for name in ("sparsity", "has_rank", "variant_tensors", "external_buffer")
            if entry[name]
        ]
        return Tensor(
            id=TensorId(first + position),
            name=entry["name"] or "",
            dtype=self._dtypes[entry["type"]],
            shape=entry["shape"] or (),
            quant=_quant(first, entry["quantization"]),
            data=constant,
            is_variable=entry["is_variable"],
            shape_signature=entry["shape_signature"],
            extras=tuple(extras),
        )

    def _op(self, first: int, entry: Decoded) -> Op:
        created = OpId(self._next_op)
        self._next_op += 1
        chosen = entry["builtin_options"] or entry["builtin_options_2"]
        extras: list[tuple[str, Plain]] = []
        if entry["builtin_options"] and entry["builtin_options_2"]:
            kind, values = entry["builtin_options_2"]
            extras.append(("builtin_options_2", (kind, freeze(values))))
        custom = entry["custom_options"]
        outside = self._outside(entry["large_custom_options_offset"], entry["large_custom_options_size"])
        if custom is None and outside is not None:
            custom = outside
            extras.append(("custom_options_outside", True))
        extras += [
            (name, entry[name])
            for name, usual in (
                ("custom_options_format", 0),
                ("mutating_variable_inputs", None),
                ("debug_metadata_index", -1),
            )
            if entry[name] != usual
        ]
        return Op(
            id=created,
            code=self._codes[entry["opcode_index"]],
            inputs=tuple(None if index < 0 else TensorId(first + index) for index in entry["inputs"] or ()),
            outputs=_ids(first, entry["outputs"]),
            options=None if chosen is None else Options(chosen[0], tuple((k, freeze(v)) for k, v in chosen[1].items())),
            intermediates=_ids(first, entry["intermediates"]),
            custom_options=custom,
            extras=tuple(extras),
        )

    def _signature(self, entry: Decoded) -> Signature:
        graph = entry["subgraph_index"]
        first = self._first_ids[graph]
        inputs, outputs = (
            tuple((item["name"] or "", TensorId(first + item["tensor_index"])) for item in entry[side] or ())
            for side in ("inputs", "outputs")
        )
        return Signature(entry["signature_key"] or "", graph, inputs, outputs)


def _ids(first: int, indices: tuple[int, ...] | None) -> tuple[TensorId, ...]:
    return tuple(TensorId(first + index) for index in indices or ())


def _quant(first: int, entry: Decoded | None) -> Quant | None:
    if entry is None:
        return None
    extras: Extras = ()
    if entry["details"] is not None:
        kind, values = entry["details"]
        named = {name: first + values[name] for name in _TENSOR_FIELDS if values.get(name, -1) >= 0}
        extras = (("details", (kind, freeze({**values, **named}))),)
    return Quant(
        scales=entry["scale"] or (),
        zero_points=entry["zero_point"] or (),
        dimension=entry["quantized_dimension"],
        minimum=entry["min"] or (),
        maximum=entry["max"] or (),
        extras=extras,
    )

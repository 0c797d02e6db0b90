"""Turns an `ir.Model` into the bytes of a `.tflite` file."""

from typing import Any

from arenafit.errors import UnsupportedModelError
from arenafit.ir import OFFLINE_PLAN_METADATA, Graph, Model, Op, OpCode, Options, Quant, Signature, Tensor, TensorId
from arenafit.tflite.encode import encode
from arenafit.tflite.metadata import PLAN_VERSION, OfflinePlan, pack_plan
from arenafit.tflite.schema import schema

FILE_IDENTIFIER = b"TFL3"
# The narrow field of old readers holds codes below this one and this one for all others.
_PLACEHOLDER_FOR_GREATER_CODES = 127
# Stands for an offset that is not known yet; must not be the default, which would not be stored.
_UNPLACED = 1 << 40
_OUTSIDE_ALIGNMENT_BYTES = 16
_TENSOR_FIELDS = ("scales", "zero_points")


def write_bytes(model: Model) -> bytes:
    """Return `model` as a `.tflite` file, identifier TFL3.

    Every distinct constant is stored once, 16-byte aligned; buffer 0 is empty; tensors and operators keep their order.

    Raises:
        UnsupportedModelError: if the model holds what the format cannot (an unknown operator, option or value).
    """
    composer = _Composer(model)
    flatbuffer = encode("Model", composer.compose({}), FILE_IDENTIFIER, composer.size_hint_bytes)
    if not composer.outside:
        return flatbuffer
    # Offsets have a fixed size, so the second pass puts everything where the first one did.
    offsets: dict[bytes, int] = {}
    tail = bytearray()
    for blob in composer.outside:
        tail += bytes(-(len(flatbuffer) + len(tail)) % _OUTSIDE_ALIGNMENT_BYTES)
        offsets[blob] = len(flatbuffer) + len(tail)
        tail += blob
    placed = _Composer(model)
    return encode("Model", placed.compose(offsets), FILE_IDENTIFIER, placed.size_hint_bytes) + bytes(tail)


class _Composer:
    """Makes the plain data of the root table; buffers and operator codes are numbered as they are met."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._buffers: dict[bytes, int] = {b"": 0}
        self._outside_buffers: dict[bytes, int] = {}
        self._buffer_tables: list[dict[str, Any]] = [{}]
        self._codes: dict[OpCode, int] = {}
        self._offsets: dict[bytes, int] = {}
        self.outside: dict[bytes, None] = {}

    @property
    def size_hint_bytes(self) -> int:
        """A little more than the file will take, so that it is not copied while it grows."""
        return sum(len(data) + 64 for data in self._buffers) + 512 * (len(self._model.tensors) + len(self._model.ops))

    def compose(self, offsets: dict[bytes, int]) -> dict[str, Any]:
        """Return the root table; `offsets` says where the file holds what stands outside the flatbuffer."""
        self._offsets = offsets
        model = self._model
        index = [{tensor.id: place for place, tensor in enumerate(graph.tensors)} for graph in model.graphs]
        extras = dict(model.extras)
        subgraphs = [self._graph(graph, places) for graph, places in zip(model.graphs, index, strict=True)]
        metadata = [{"name": name, "buffer": self._buffer(data)} for name, data in self._metadata(extras)]
        legacy = extras.get("metadata_buffer")
        spare = extras.get("unreferenced_buffers")
        root = {
            "version": model.version,
            "subgraphs": subgraphs,
            "description": model.description or None,
            "metadata_buffer": None if legacy is None else [self._buffer(data) for data in _blobs(legacy)],
            "metadata": metadata or None,
            "signature_defs": [_signature(item, index) for item in model.signatures] or None,
            "external_buffer_groups": extras.get("external_buffer_groups"),
            "external_buffers": extras.get("external_buffers"),
        }
        for data in _blobs(spare or ()):
            self._buffer(data)
        return {**root, "buffers": self._buffer_tables, "operator_codes": [_code(code) for code in self._codes]}

    def _buffer(self, data: bytes, *, is_outside: bool = False) -> int:
        known = self._outside_buffers if is_outside else self._buffers
        if data not in known:
            known[data] = len(self._buffer_tables)
            self._buffer_tables.append(
                {"offset": self._place(data), "size": len(data)} if is_outside else {"data": data}
            )
        return known[data]

    def _place(self, data: bytes) -> int:
        self.outside[data] = None
        return self._offsets.get(data, _UNPLACED)

    def _metadata(self, extras: dict[str, Any]) -> list[tuple[str, bytes]]:
        model = self._model
        if model.offline_plan is None:
            return list(model.metadata)
        header = extras.get("offline_plan_header", (PLAN_VERSION, len(model.graphs)))
        plan = OfflinePlan(model.offline_plan, header, extras.get("offline_plan_trailing", b""))
        raw = pack_plan(plan, [tensor.id for tensor in model.all_tensors()])
        kept = [entry for entry in model.metadata if entry[0] != OFFLINE_PLAN_METADATA]
        return [*kept, (OFFLINE_PLAN_METADATA, raw)]

    def _graph(self, graph: Graph, places: dict[TensorId, int]) -> dict[str, Any]:
        return {
            "tensors": [self._tensor(tensor, places) for tensor in graph.tensors],
            "inputs": [places[tensor] for tensor in graph.inputs],
            "outputs": [places[tensor] for tensor in graph.outputs],
            "operators": [self._op(op, places) for op in graph.ops],
            "name": graph.name or None,
            **dict(graph.extras),
        }

    def _tensor(self, tensor: Tensor, places: dict[TensorId, int]) -> dict[str, Any]:
        extras = dict(tensor.extras)
        is_outside = bool(extras.pop("stored_outside", False))
        data = b"" if tensor.data is None else tensor.data.data
        return {
            "shape": tensor.shape,
            "type": schema().enums["TensorType"][tensor.dtype.label],
            "buffer": self._buffer(data, is_outside=is_outside and bool(data)),
            "name": tensor.name or None,
            "quantization": None if tensor.quant is None else _quant(tensor.quant, places),
            "is_variable": tensor.is_variable,
            "shape_signature": tensor.shape_signature,
            **extras,
        }

    def _op(self, op: Op, places: dict[TensorId, int]) -> dict[str, Any]:
        extras: dict[str, Any] = dict(op.extras)
        is_outside = bool(extras.pop("custom_options_outside", False)) and op.custom_options is not None
        table = {
            "opcode_index": self._codes.setdefault(op.code, len(self._codes)),
            "inputs": [-1 if tensor is None else places[tensor] for tensor in op.inputs],
            "outputs": [places[tensor] for tensor in op.outputs],
            "custom_options": None if is_outside else op.custom_options,
            "intermediates": [places[tensor] for tensor in op.intermediates] or None,
            **({} if op.options is None else _options(op.options)),
            **extras,
        }
        if is_outside and op.custom_options is not None:
            table["large_custom_options_offset"] = self._place(op.custom_options)
            table["large_custom_options_size"] = len(op.custom_options)
        return table


def _blobs(value: Any) -> tuple[bytes, ...]:
    return tuple(value)


def _options(options: Options) -> dict[str, Any]:
    for field, union in (("builtin_options", "BuiltinOptions"), ("builtin_options_2", "BuiltinOptions2")):
        if options.kind in schema().unions[union]:
            return {field: (options.kind, dict(options.values))}
    raise UnsupportedModelError(f"the schema has no options '{options.kind}'")


def _quant(quant: Quant, places: dict[TensorId, int]) -> dict[str, Any]:
    extras: dict[str, Any] = dict(quant.extras)
    if "details" in extras:
        kind, pairs = extras["details"]
        values = dict(pairs)
        named = {name: places[values[name]] for name in _TENSOR_FIELDS if values.get(name, -1) >= 0}
        extras["details"] = (kind, {**values, **named})
    return {
        "min": quant.minimum or None,
        "max": quant.maximum or None,
        "scale": quant.scales or None,
        "zero_point": quant.zero_points or None,
        "quantized_dimension": quant.dimension,
        **extras,
    }


def _code(code: OpCode) -> dict[str, Any]:
    number = schema().enums["BuiltinOperator"].get(code.name)
    if number is None:
        raise UnsupportedModelError(f"the schema has no operator '{code.name}'")
    return {
        "deprecated_builtin_code": min(number, _PLACEHOLDER_FOR_GREATER_CODES),
        "custom_code": code.custom_code,
        "version": code.version,
        "builtin_code": number,
    }


def _signature(signature: Signature, index: list[dict[TensorId, int]]) -> dict[str, Any]:
    places = index[signature.graph_index]
    return {
        "inputs": [{"name": name, "tensor_index": places[tensor]} for name, tensor in signature.inputs],
        "outputs": [{"name": name, "tensor_index": places[tensor]} for name, tensor in signature.outputs],
        "signature_key": signature.key or None,
        "subgraph_index": signature.graph_index,
    }

"""Checks of a decoded model that its types cannot state: indices in range, shapes and constants in proportion.

What TFLM tolerates passes: constants longer than their shape needs, a quantised dimension beyond the rank (old
converters write both). What it would read or loop beyond bounds over does not.
"""

from collections.abc import Iterable
from math import prod
from typing import Any

from arenafit.errors import ModelFormatError, UnsupportedModelError
from arenafit.ir import DType
from arenafit.tflite.schema import schema

Decoded = dict[str, Any]

# Sizes in TFLM are 32-bit on microcontrollers, and LiteRT counts elements in an int: no runtime holds a larger tensor.
_MAX_TENSOR_BYTES = (1 << 31) - 1
_SCHEMA_VERSION = 3
_SHOWN_NAME_LENGTH = 60


def check(root: Decoded, data: bytes, source: str) -> None:
    """Check the decoded `root` of the file `data`.

    Raises:
        ModelFormatError: naming `source`, the subgraph, the operator or tensor, and what is wrong.
        UnsupportedModelError: for another schema version.
    """
    _Checker(root, data, source).run()


class _Checker:
    def __init__(self, root: Decoded, data: bytes, source: str) -> None:
        self._root = root
        self._data_size = len(data)
        self._source = source
        self._graphs: tuple[Decoded, ...] = root["subgraphs"] or ()
        self._buffers: tuple[Decoded, ...] = root["buffers"] or ()
        self._dtypes = {number: DType[name] for name, number in schema().enums["TensorType"].items()}
        self._outside_extents: set[tuple[int, int]] = set()
        self._outside_bytes = 0

    def run(self) -> None:
        root = self._root
        if root["version"] != _SCHEMA_VERSION:
            raise UnsupportedModelError(f"{self._source}: schema version {root['version']}, arenafit reads version 3")
        if not self._graphs:
            self._fail("the model", "has no subgraph")
        for index, buffer in enumerate(self._buffers):
            self._outside(f"buffer {index}", buffer["offset"], buffer["size"])
        for index, graph in enumerate(self._graphs):
            self._graph(f"subgraph {index}", graph)
        self._recursion()
        for entry in root["metadata"] or ():
            self._index(f"metadata '{_shown(entry['name'])}'", "buffer", entry["buffer"], len(self._buffers))
        for buffer in root["metadata_buffer"] or ():
            self._index("metadata_buffer", "buffer", buffer, len(self._buffers))
        for entry in root["signature_defs"] or ():
            self._signature(f"signature '{_shown(entry['signature_key'])}'", entry)

    def _fail(self, where: str, what: str) -> None:
        raise ModelFormatError(f"{self._source}: {where}: {what}")

    def _index(self, where: str, kind: str, index: int, count: int) -> None:
        if not 0 <= index < count:
            self._fail(where, f"names {kind} {index}, there are {count}")

    def _indices(self, where: str, kind: str, indices: Iterable[int] | None, count: int) -> None:
        for index in indices or ():
            self._index(where, kind, index, count)

    def _outside(self, where: str, offset: int, size: int) -> None:
        if offset > 1 and offset + size > self._data_size:
            self._fail(where, f"its {size} bytes at byte {offset} lie beyond the end of the file")
        if offset > 1 and (offset, size) not in self._outside_extents:
            self._outside_extents.add((offset, size))
            self._outside_bytes += size
        if self._outside_bytes > self._data_size:
            self._fail(where, "the parts stored outside the flatbuffer overlap: together they exceed the file")

    def _graph(self, where: str, graph: Decoded) -> None:
        count = len(graph["tensors"] or ())
        for index, tensor in enumerate(graph["tensors"] or ()):
            self._tensor(f"{where}, tensor {index} '{_shown(tensor['name'])}'", tensor)
            self._details(f"{where}, tensor {index}", tensor["quantization"], count)
        self._indices(f"{where}, inputs", "tensor", graph["inputs"], count)
        self._indices(f"{where}, outputs", "tensor", graph["outputs"], count)
        for index, op in enumerate(graph["operators"] or ()):
            self._op(f"{where}, operator {index}", op, count)

    def _tensor(self, where: str, tensor: Decoded) -> None:
        self._index(where, "buffer", tensor["buffer"], len(self._buffers))
        if tensor["type"] not in self._dtypes:
            self._fail(where, f"has the unknown element type {tensor['type']}")
        shape = tensor["shape"] or ()
        if any(extent < 0 for extent in shape):
            self._fail(where, f"has a negative extent in its shape {list(shape)}")
        dtype = self._dtypes[tensor["type"]]
        size = -(-prod(shape) * dtype.bits // 8)
        # Without its zero extents too, so that strides computed from the shape stay in range.
        if -(-prod(extent for extent in shape if extent) * max(8, dtype.bits) // 8) > _MAX_TENSOR_BYTES:
            self._fail(where, f"its shape {list(shape)} needs more than {_MAX_TENSOR_BYTES} bytes")
        held = self._held_bytes(self._buffers[tensor["buffer"]])
        # A sparse constant stores fewer values than its shape has; strings have no fixed size.
        if held and dtype.bits and tensor["sparsity"] is None and held < size:
            self._fail(where, f"its constant has {held} bytes, its shape {list(shape)} needs {size}")
        self._quantization(where, tensor["quantization"])

    def _held_bytes(self, buffer: Decoded) -> int:
        if buffer["data"]:
            return len(buffer["data"])
        return int(buffer["size"]) if buffer["offset"] > 1 else 0

    def _quantization(self, where: str, quant: Decoded | None) -> None:
        if quant is not None and quant["quantized_dimension"] < 0:
            self._fail(where, f"has the negative quantised dimension {quant['quantized_dimension']}")

    def _details(self, where: str, quant: Decoded | None, tensor_count: int) -> None:
        details = None if quant is None else quant["details"]
        if details is None:
            return
        for name in ("scales", "zero_points"):
            # -1 stands for no zero points.
            if details[1].get(name, -1) != -1:
                self._index(where, "tensor", details[1][name], tensor_count)

    def _op(self, where: str, op: Decoded, tensor_count: int) -> None:
        self._index(where, "operator code", op["opcode_index"], len(self._root["operator_codes"] or ()))
        self._indices(where, "tensor", (index for index in op["inputs"] or () if index != -1), tensor_count)
        self._indices(where, "tensor", op["outputs"], tensor_count)
        self._indices(where, "tensor", op["intermediates"], tensor_count)
        self._outside(where, op["large_custom_options_offset"], op["large_custom_options_size"])
        self._indices(where, "subgraph", _called(op), len(self._graphs))

    def _recursion(self) -> None:
        calls = [{index for op in graph["operators"] or () for index in _called(op)} for graph in self._graphs]
        callers: list[list[int]] = [[] for _ in calls]
        for caller, called in enumerate(calls):
            for index in called:
                callers[index].append(caller)
        # Peel off graphs that call nothing any more; what never can be peeled off calls itself.
        left = [len(called) for called in calls]
        ready = [index for index, count in enumerate(left) if not count]
        while ready:
            for caller in callers[ready.pop()]:
                left[caller] -= 1
                if not left[caller]:
                    ready.append(caller)
        stuck = next((index for index, count in enumerate(left) if count), None)
        if stuck is not None:
            self._fail(f"subgraph {stuck}", "runs itself or a graph that does")

    def _signature(self, where: str, entry: Decoded) -> None:
        self._index(where, "subgraph", entry["subgraph_index"], len(self._graphs))
        count = len(self._graphs[entry["subgraph_index"]]["tensors"] or ())
        for side in ("inputs", "outputs"):
            self._indices(where, "tensor", (item["tensor_index"] for item in entry[side] or ()), count)


def _called(op: Decoded) -> list[int]:
    """Return the indices of the subgraphs that the decoded operator names in its options."""
    found: list[int] = []
    for options in (op["builtin_options"], op["builtin_options_2"]):
        for name, value in (options[1] if options else {}).items():
            if name.endswith("subgraph_index") or (name == "subgraph" and options[0] == "CallOptions"):
                found.append(value)
            elif name == "branch_subgraph_indices":
                found.extend(value or ())
    return found


def _shown(name: str | None) -> str:
    return (name or "")[:_SHOWN_NAME_LENGTH]

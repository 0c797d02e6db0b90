"""Checks of a decoded model that its types cannot state: indices in range, shapes and constants in proportion."""

from collections.abc import Iterable
from typing import Any

from arenafit.errors import ModelFormatError, UnsupportedModelError
from arenafit.tflite.schema import schema

Decoded = dict[str, Any]

# TFLM's sizes are 32-bit on microcontrollers; nothing larger can be placed, nor priced without overflow.
_MAX_ELEMENTS = 1 << 40
_SCHEMA_VERSION = 3


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
        self._dtype_count = len(schema().enums["TensorType"])

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
        for entry in root["metadata"] or ():
            self._index(f"metadata '{entry['name']}'", "buffer", entry["buffer"], len(self._buffers))
        for buffer in root["metadata_buffer"] or ():
            self._index("metadata_buffer", "buffer", buffer, len(self._buffers))
        for entry in root["signature_defs"] or ():
            self._signature(f"signature '{entry['signature_key']}'", entry)

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

    def _graph(self, where: str, graph: Decoded) -> None:
        count = len(graph["tensors"] or ())
        for index, tensor in enumerate(graph["tensors"] or ()):
            self._tensor(f"{where}, tensor {index} '{tensor['name'] or ''}'", tensor)
        self._indices(f"{where}, inputs", "tensor", graph["inputs"], count)
        self._indices(f"{where}, outputs", "tensor", graph["outputs"], count)
        for index, op in enumerate(graph["operators"] or ()):
            self._op(f"{where}, operator {index}", op, count)

    def _tensor(self, where: str, tensor: Decoded) -> None:
        self._index(where, "buffer", tensor["buffer"], len(self._buffers))
        if not 0 <= tensor["type"] < self._dtype_count:
            self._fail(where, f"has the unknown element type {tensor['type']}")
        elements = 1
        for extent in tensor["shape"] or ():
            if extent < 0:
                self._fail(where, f"has the negative extent {extent} in its shape")
            elements *= extent
        if elements > _MAX_ELEMENTS:
            self._fail(where, f"has {elements} elements")

    def _op(self, where: str, op: Decoded, tensor_count: int) -> None:
        self._index(where, "operator code", op["opcode_index"], len(self._root["operator_codes"] or ()))
        self._indices(where, "tensor", (index for index in op["inputs"] or () if index != -1), tensor_count)
        self._indices(where, "tensor", op["outputs"], tensor_count)
        self._indices(where, "tensor", op["intermediates"], tensor_count)
        self._outside(where, op["large_custom_options_offset"], op["large_custom_options_size"])

    def _signature(self, where: str, entry: Decoded) -> None:
        self._index(where, "subgraph", entry["subgraph_index"], len(self._graphs))
        count = len(self._graphs[entry["subgraph_index"]]["tensors"] or ())
        for side in ("inputs", "outputs"):
            self._indices(where, "tensor", (item["tensor_index"] for item in entry[side] or ()), count)

"""Small helpers to write loop bodies: constants stored once, the movement operators with their options and versions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Constant, DType, Editor, Op, Options, Quant, Tensor, TensorId
from arenafit.ops.rows import VALID_PADDING

# Element types that TFLM's GATHER takes (tensorflow/lite/micro/kernels/gather.cc, 2026-08).
GATHERED = (DType.INT8, DType.FLOAT32)

LOWEST: Mapping[DType, float] = {DType.INT8: -128, DType.INT16: -32768, DType.FLOAT32: -np.inf}
HIGHEST: Mapping[DType, float] = {DType.INT8: 127, DType.INT16: 32767, DType.FLOAT32: np.inf}

# Crops by one row, of which the kernel reads words 0 and 2; of blocks it reads words 0 and 1, so that these are blocks
# of 1, too: one constant for both (reference/batch_to_space_nd.h, 2021-04 to 2026-10).
ONE_ROW_UP = (1, 1, 0, -1)

# Versions that first took the element type; TFLM ignores them, desktop LiteRT checks them.
_INT8_VERSION = 2
_INT16_VERSION = 4


class Writer:
    """Appends operators to one graph of an editor; equal constants share one tensor."""

    def __init__(self, editor: Editor, graph: int, prefix: str, known: Iterable[Tensor] = ()) -> None:
        """Write into graph `graph`; new tensors are named after `prefix`, constants found among `known` are not new."""
        self._editor = editor
        self._graph = graph
        self._prefix = prefix
        self._constants: dict[tuple[str, tuple[int, ...], bytes, Quant | None], TensorId] = {}
        self._known = [tensor for tensor in known if tensor.is_constant and tensor.is_plain]

    def constant(self, name: str, array: NDArray[Any], quant: Quant | None = None) -> TensorId:
        """Return a constant tensor holding `array`, an earlier one if it is equal."""
        key = (array.dtype.name, array.shape, array.tobytes(), quant)
        dtype = DType.of(array.dtype)
        if key not in self._constants:
            kind, content = (dtype, array.shape, quant), Constant.of(array)
            alike = (known for known in self._known if (known.dtype, known.shape, known.quant) == kind)
            if (same := next((known.id for known in alike if known.data == content), None)) is not None:
                self._constants[key] = same
        if key not in self._constants:
            self._constants[key] = self._editor.add_tensor(
                f"{self._prefix}/{name}", dtype, array.shape, quant=quant, data=Constant.of(array), graph=self._graph
            )
        return self._constants[key]

    def ints(self, name: str, values: Sequence[int]) -> TensorId:
        """Return a constant int32 vector."""
        return self.constant(name, np.array(values, dtype=np.int32))

    def tensor(self, name: str, dtype: DType, shape: Sequence[int], quant: Quant | None = None) -> TensorId:
        """Return a new tensor."""
        full = name if name.startswith(f"{self._prefix}/") else f"{self._prefix}/{name}"
        return self._editor.add_tensor(full, dtype, shape, quant=quant, graph=self._graph)

    def like(self, name: str, tensor: Tensor, shape: Sequence[int]) -> TensorId:
        """Return a new tensor of the type and quantisation of `tensor`."""
        return self.tensor(name, tensor.dtype, shape, tensor.quant)

    def op(
        self,
        name: str,
        inputs: Sequence[TensorId | None],
        outputs: Sequence[TensorId],
        options: Options | None = None,
        version: int = 1,
    ) -> None:
        """Append an operator."""
        made = self._editor.make_op(name, inputs, outputs, options, version=version)
        self._editor.append_op(made, self._graph)

    def slice(self, source: TensorId, begin: TensorId, size: Sequence[int], output: TensorId) -> None:
        """Append SLICE: `output` = `size` elements of `source` from `begin`."""
        whole, first = self._editor.tensor(source, self._graph), self._editor.tensor(begin, self._graph)
        if first.is_constant and tuple(first.array() + size) == whole.shape:
            # All there is from there on, of the one image: what slices of other sizes say, too, and those of masks.
            size = (1, *(-1,) * (len(size) - 1)) if size[0] == 1 else (-1,) * len(size)
        sizes = self.ints("size", size)
        self.op("SLICE", (source, begin, sizes), (output,), Options("SliceOptions"), self._version(source))

    def gather(self, source: TensorId, indices: TensorId, axis: int, output: TensorId) -> None:
        """Append GATHER of rows along `axis`."""
        options = Options("GatherOptions", (("axis", axis), ("batch_dims", 0)))
        self.op("GATHER", (source, indices), (output,), options, self._version(source))

    def reshape(self, source: TensorId, shape: tuple[int, ...], output: TensorId) -> None:
        """Append RESHAPE to `shape`."""
        self.op("RESHAPE", (source,), (output,), Options("ReshapeOptions", (("new_shape", shape),)))

    def concatenate(self, sources: Sequence[TensorId], axis: int, output: TensorId) -> None:
        """Append CONCATENATION along `axis`."""
        options = Options("ConcatenationOptions", (("axis", axis), ("fused_activation_function", 0)))
        self.op("CONCATENATION", sources, (output,), options, self._version(output))

    def pad(self, source: TensorId, amounts: Sequence[tuple[int, int]], output: TensorId) -> None:
        """Append PAD with the zero point (0 for float)."""
        paddings = self.constant("paddings", np.array(amounts, dtype=np.int32))
        self.op("PAD", (source, paddings), (output,), Options("PadOptions"), self._version(source))

    def pad_with(
        self, source: TensorId, amounts: Sequence[tuple[int, int]], value: NDArray[Any], output: TensorId
    ) -> None:
        """Append PADV2 with an explicit value."""
        paddings = self.constant("paddings", np.array(amounts, dtype=np.int32))
        filler = self.constant("pad_value", value, self._editor.tensor(source, self._graph).quant)
        self.op("PADV2", (source, paddings, filler), (output,), Options("PadV2Options"), self._version(source))

    def mirror_pad(
        self, source: TensorId, amounts: Sequence[tuple[int, int]], output: TensorId, *, symmetric: bool
    ) -> None:
        """Append MIRROR_PAD; `symmetric` repeats the elements at the edge."""
        paddings = self.constant("paddings", np.array(amounts, dtype=np.int32))
        options = Options("MirrorPadOptions", (("mode", int(symmetric)),))
        self.op("MIRROR_PAD", (source, paddings), (output,), options, self._version(source))

    def update(self, operand: TensorId, rows: TensorId, start: TensorId, output: TensorId) -> None:
        """Append DYNAMIC_UPDATE_SLICE: `output` = `operand` with `rows` written at `start`."""
        self.op("DYNAMIC_UPDATE_SLICE", (operand, rows, start), (output,), Options("DynamicUpdateSliceOptions"))

    def store(self, rows: TensorId, crops: TensorId, output: TensorId) -> None:
        """Append BATCH_TO_SPACE_ND with blocks of 1: `rows` go to `output` minus `crops`, as far as they fit."""
        blocks = self.ints("block", ONE_ROW_UP)
        options = Options("BatchToSpaceNDOptions")
        self.op("BATCH_TO_SPACE_ND", (rows, blocks, crops), (output,), options, self._version(rows))

    def bound(self, name: str, source: TensorId, limit: TensorId, output: TensorId) -> None:
        """Append MINIMUM or MAXIMUM against a broadcast limit."""
        self.op(name, (source, limit), (output,), Options("MaximumMinimumOptions"), self._version(source))

    def multiply(self, source: TensorId, factor: TensorId, output: TensorId) -> None:
        """Append MUL by a broadcast factor."""
        options = Options("MulOptions", (("fused_activation_function", 0),))
        self.op("MUL", (source, factor), (output,), options, self._version(source))

    def select(self, condition: TensorId, yes: TensorId, no: TensorId, output: TensorId) -> None:
        """Append SELECT_V2: elements of `yes` where `condition` holds, of `no` elsewhere; all may be broadcast."""
        self.op("SELECT_V2", (condition, yes, no), (output,), Options("SelectV2Options"))

    def split(self, source: TensorId, sizes: Sequence[int], outputs: Sequence[TensorId]) -> None:
        """Append SPLIT_V of a vector."""
        options = Options("SplitVOptions", (("num_splits", len(outputs)),))
        axis = self.constant("axis", np.array(0, dtype=np.int32))
        self.op("SPLIT_V", (source, self.ints("sizes", sizes), axis), outputs, options)

    def _version(self, tensor: TensorId) -> int:
        dtype = self._editor.tensor(tensor, self._graph).dtype
        return _INT8_VERSION if dtype is DType.INT8 else _INT16_VERSION if dtype is DType.INT16 else 1


def rows_are_runs(shape: Sequence[int], axis: int) -> bool:
    """Return whether a row along `axis` is one run of bytes: not so for a column of an image."""
    return all(extent == 1 for extent in shape[:axis])


def with_rows(shape: tuple[int, ...], axis: int, rows: int) -> tuple[int, ...]:
    """Return `shape` with another extent along the streaming axis."""
    return (*shape[:axis], rows, *shape[axis + 1 :])


def without_padding(op: Op) -> Options | None:
    """Return the options of `op` for operands that are padded already."""
    if op.options is not None and op.options.get("padding") is not None:
        return op.options.with_values(padding=VALID_PADDING)
    return op.options

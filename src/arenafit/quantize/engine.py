"""The one place that calls litert-quantizer (extra `quantize`): a choice of precision per operator in, a model out."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arenafit.accuracy.precision import Precision
from arenafit.errors import RuntimeUnavailableError, UnsupportedModelError
from arenafit.quantize.working import working_name
from arenafit.runtime.probe import probe
from arenafit.tflite import read_bytes, write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arenafit.ir import Model, Op, OpId, TensorId
    from arenafit.quantize.ranges import Range

_ALGORITHM = "min_max_uniform_quantize"

# litert-quantizer's names, where they are not the schema's.
_ITS_NAMES = {"TRANSPOSE_CONV": "CONV_2D_TRANSPOSE"}

# Per-channel scales of dense weights cost 8 bytes of arena tail per output (fully_connected_common.cc): unless asked
# for, they are used only where one scale for all channels would lose too much of the weights.
_DENSE = "FULLY_CONNECTED"
_DENSE_WEIGHTS_SQNR_DB = 20.0
# An allocation that takes longer hangs, on however busy a machine.
_LONGEST_SECONDS = 300.0


def handles(operator: str, precision: Precision) -> bool:
    """Return whether litert-quantizer quantises `operator` to `precision` itself.

    Raises:
        RuntimeUnavailableError: if it is not installed.
    """
    if precision is Precision.FLOAT:
        return False
    library = _library()
    try:
        name = library.qtyping.TFLOperationName(_ITS_NAMES.get(operator, operator))
        library.manager.check_op_quantization_config(
            _ALGORITHM, name, library.qtyping.OpQuantizationConfig.from_dict(_config(precision, per_channel=False))
        )
    except ValueError:
        return False
    return True


def quantise(
    working: Model,
    choice: Mapping[OpId, Precision],
    ranges: Mapping[TensorId, Range],
    *,
    dense_per_channel: bool | None = False,
) -> Model:
    """Return the working copy with the chosen operators quantised, between QUANTIZE and DEQUANTIZE.

    Inputs and outputs of the model stay float.

    Args:
        working: as `working.working_copy` makes it.
        choice: what becomes what (absent: float); operators that litert-quantizer does not handle must not be in it.
        ranges: the least and greatest value of each tensor that is no constant.
        dense_per_channel: give every FULLY_CONNECTED a scale per output; False: where weights need it, None: none.

    Raises:
        RuntimeUnavailableError: if litert-quantizer is not installed.
        UnsupportedModelError: if it fails on this model, with its reason.
    """
    library = _library()
    chosen = [op for op in working.main.ops if op.id in choice]
    recipe = [_rule(working, op, choice[op.id], dense_per_channel=dense_per_channel) for op in chosen]
    if not recipe:
        return working
    statistics = {
        working_name(tensor_id): {
            "min": np.full((1,) * len(working.tensors[tensor_id].shape), extent.low, np.float32),
            "max": np.full((1,) * len(working.tensors[tensor_id].shape), extent.high, np.float32),
        }
        for tensor_id, extent in ranges.items()
    }
    written = write_bytes(working)
    with _quiet(), _silent_stderr(), _its_errors_are_refusals():
        if not _survives(library, written):
            raise UnsupportedModelError("desktop LiteRT crashes on this model, which litert-quantizer has it allocate")
        quantizer = library.quantizer.Quantizer(bytearray(written), recipe)
        result = quantizer.quantize(statistics, enable_progress_bar=False, enable_progress_report=False)
        content = bytes(result.quantized_model)
    return _with_constants_inside(read_bytes(content, "the model litert-quantizer wrote"))


def _survives(library: _Library, content: bytes) -> bool:
    """Whether a process lives on that has LiteRT allocate the model, as litert-quantizer has it do in this one."""
    if not hasattr(os, "fork"):
        return True

    def allocates() -> bool:
        # What it refuses it says again, here.
        with contextlib.suppress(ValueError, RuntimeError):
            library.interpreters.create_tfl_interpreter(content)
        return True

    return probe(allocates, _LONGEST_SECONDS)


def _with_constants_inside(model: Model) -> Model:
    # It puts larger constants behind the flatbuffer, where TFLM does not look: it would allocate arena for them.
    graphs = tuple(
        replace(
            graph,
            tensors=tuple(
                replace(tensor, extras=tuple(item for item in tensor.extras if item[0] != "stored_outside"))
                for tensor in graph.tensors
            ),
        )
        for graph in model.graphs
    )
    return replace(model, graphs=graphs)


@dataclass(frozen=True, slots=True)
class _Library:
    quantizer: Any
    manager: Any
    qtyping: Any
    interpreters: Any


def _library() -> _Library:
    try:
        with _quiet():
            from litert_quantizer import algorithm_manager, qtyping, quantizer  # noqa: PLC0415 - an extra, and heavy
            from litert_quantizer.utils import tfl_interpreter_utils  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise RuntimeUnavailableError(
            f"quantising needs litert-quantizer ({error}): pip install 'arenafit[quantize]'"
        ) from error
    return _Library(quantizer, algorithm_manager, qtyping, tfl_interpreter_utils)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep a library's warnings and log lines, which are for its own users, from ours."""
    logger = logging.getLogger()
    before = logger.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what native code writes to stderr nowhere: LiteRT announces each delegate it creates."""
    sys.stderr.flush()
    kept = os.dup(2)
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)


@contextlib.contextmanager
def _its_errors_are_refusals() -> Iterator[None]:
    try:
        yield
    except (ValueError, RuntimeError, KeyError, TypeError, IndexError, AttributeError, NotImplementedError) as error:
        raise UnsupportedModelError(f"litert-quantizer cannot quantise this model: {error}") from error


def _rule(working: Model, op: Op, precision: Precision, *, dense_per_channel: bool | None) -> dict[str, Any]:
    # The scope of an operator is the names of its outputs, each followed by ";" (tfl_flatbuffer_utils.get_op_scope).
    by_need = dense_per_channel is False and op.name == _DENSE and _needs_channels(working, op)
    per_channel = op.name != _DENSE or bool(dense_per_channel) or by_need
    return {
        "regex": f"^{re.escape(working_name(op.outputs[0]))}",
        "operation": "*",
        "algorithm_key": _ALGORITHM,
        "op_config": _config(precision, per_channel=per_channel),
    }


def _needs_channels(working: Model, op: Op) -> bool:
    weights = working.tensors[op.operands[1]]
    if not weights.is_constant:
        return False
    values = weights.array().astype(np.float64)
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0:
        return False
    scale = largest / 127
    noise = float(np.square(values - np.rint(values / scale) * scale).sum())
    signal = float(np.square(values).sum())
    return noise > signal * 10 ** (-_DENSE_WEIGHTS_SQNR_DB / 10)


def _config(precision: Precision, *, per_channel: bool) -> dict[str, Any]:
    return {
        "activation_tensor_config": {
            "num_bits": precision.bits,
            "symmetric": precision is Precision.INT16,
            "granularity": "TENSORWISE",
            "dtype": "INT",
        },
        "weight_tensor_config": {
            "num_bits": 8,
            "symmetric": True,
            "granularity": "CHANNELWISE" if per_channel else "TENSORWISE",
            "dtype": "INT",
        },
        "compute_precision": "INTEGER",
        "explicit_dequantize": False,
    }

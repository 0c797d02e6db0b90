"""UNIDIRECTIONAL_SEQUENCE_LSTM: OpDataLSTM kept, buffers of a cell state each as scratch.

CMSIS-NN needs a buffer less when quantised and keeps eight sums of weights instead.

Mirrors tensorflow/lite/micro/kernels/unidirectional_sequence_lstm.cc, lstm_shared.h, lstm_eval_common.cc and
cmsis_nn/unidirectional_sequence_lstm.cc (commit 90b983c2 of 2026-08-20), and CMSIS-NN's Include/arm_nn_types.h (commit
4ab83cc3).
"""

from arenafit.ir import DType
from arenafit.kernels._params import ARITHMETIC_PARAMS
from arenafit.kernels._scales import lstm_types
from arenafit.kernels.conditions import Violation, inputs, outputs, rank
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.sizes import ELEMENT_BYTES
from arenafit.ops import Operands
from arenafit.targets.abi import BOOL, ENUM, FLOAT, INT, INT16, INT32, POINTER, UINT8_ENUM, array, struct
from arenafit.targets.libraries import KernelFamily

_INPUTS = 24
_HIDDEN_STATE, _CELL_STATE = 18, 19

_FULLY_CONNECTED_PARAMS = struct(array(INT32, 4), INT, array(INT32, 2), array(FLOAT, 2), BOOL, BOOL, UINT8_ENUM)
_OP_DATA = struct(
    struct(BOOL, array(INT, 4)),
    struct(FLOAT, INT16, INT32),
    ENUM,
    array(struct(_FULLY_CONNECTED_PARAMS, _FULLY_CONNECTED_PARAMS), 4),
    array(ARITHMETIC_PARAMS, 3),
    array(INT, 4),
)
_CMSIS_NN_GATE = struct(INT32, INT32, POINTER, POINTER, INT32, INT32, POINTER, POINTER, POINTER, ENUM)
_CMSIS_NN_OP_DATA = struct(_OP_DATA, struct(array(INT32, 15), array(_CMSIS_NN_GATE, 4)))


def _prepare_reference(requests: Requests) -> None:
    requests.temps(*range(_INPUTS))
    _buffers(requests, 4)


def _prepare_cmsis_nn(requests: Requests) -> None:
    requests.temps(*range(_INPUTS))
    activation = requests.needed_input(0).dtype
    quantised = activation in {DType.INT8, DType.INT16} and requests.has_type(requests.input(_CELL_STATE), DType.INT16)
    if not quantised:
        _buffers(requests, 4)
        return
    # CMSIS_NN_PortOpData, with the type of the bias
    state = requests.shape(requests.needed_input(_HIDDEN_STATE))[1]
    for _ in range(8):
        requests.persistent(state * (4 if activation is DType.INT8 else 8), "sums of the weights of a gate")
    _buffers(requests, 3)


def _buffers(requests: Requests, count: int) -> None:
    input_shape = requests.shape(requests.needed_input(0))
    batches = input_shape[1] if requests.option("time_major") else input_shape[0]
    state = requests.shape(requests.needed_input(_HIDDEN_STATE))[1]
    cell_bytes = ELEMENT_BYTES.get(requests.needed_input(_CELL_STATE).dtype, 0)
    for _ in range(count):
        requests.scratch(batches * state * cell_bytes, "gate")


def _sizes(operands: Operands) -> Violation | None:
    """Weights, biases, states and output have the sizes that ValidateTensorSize of lstm_eval_common.cc asks for."""
    source, hidden = operands.needed_input(0).shape, operands.needed_input(_HIDDEN_STATE).shape
    state = hidden[1]
    batches = source[1 if operands.option("time_major") else 0]
    wanted: dict[int, tuple[int, ...]] = dict.fromkeys(range(1, 5), (state, source[2]))
    wanted |= dict.fromkeys(range(5, 9), (state, state)) | dict.fromkeys(range(12, 16), (state,))
    wanted |= dict.fromkeys((_HIDDEN_STATE, _CELL_STATE), (batches, state))
    for index, shape in wanted.items():
        found = operands.input(index)
        if found is not None and found.shape != shape:
            clause = f"operand {index} has the shape {list(found.shape)}, its kernel takes {list(shape)}"
            return Violation("shape", clause, "the file is damaged: convert it again", found.name)
    return None


KERNEL = Kernel(
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    KernelMemory(init=_OP_DATA, prepare=_prepare_reference, source="unidirectional_sequence_lstm.cc"),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            init=_CMSIS_NN_OP_DATA, prepare=_prepare_cmsis_nn, source="cmsis_nn/unidirectional_sequence_lstm.cc"
        )
    },
    builtin=struct(ENUM, FLOAT, FLOAT, BOOL, BOOL, BOOL),
    conditions=(
        inputs(24),
        outputs(1),
        lstm_types,
        rank(3, 3, 0),
        rank(2, 2, _HIDDEN_STATE),
        _sizes,
    ),
)

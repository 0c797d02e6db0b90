"""UNIDIRECTIONAL_SEQUENCE_LSTM: a long short-term memory run over a sequence."""

from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    sequence, recurrent = operands.shape(0), operands.input(6)
    if len(sequence) != 3 or recurrent is None or len(recurrent.shape) != 2:
        raise ShapeError("the input is no sequence, or there are no recurrent weights")
    return [(*sequence[:2], recurrent.shape[1])]


OPERATOR = Operator(
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    output_shapes=_shapes,
    resolver="AddUnidirectionalSequenceLSTM",
    unquantised="its inner tensors are not calibrated from outside",
)

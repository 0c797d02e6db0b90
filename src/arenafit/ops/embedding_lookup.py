"""EMBEDDING_LOOKUP: rows of operand 1, named by operand 0."""

from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape]:
    return [(*operands.shape(0), *operands.shape(1)[1:])]


OPERATOR = Operator("EMBEDDING_LOOKUP", output_shapes=_shapes, resolver="AddEmbeddingLookup")

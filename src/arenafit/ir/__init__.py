"""The core types of a model, the one way to change one, and its checks."""

from arenafit.ir.dtype import DType
from arenafit.ir.edit import Editor
from arenafit.ir.feed import ROWS_METADATA, Feed, feed_of
from arenafit.ir.model import (
    OFFLINE_PLAN_METADATA,
    Constant,
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
from arenafit.ir.values import holds_plain_data, same_quant, same_values
from arenafit.ir.well_formed import verify

__all__ = [
    "OFFLINE_PLAN_METADATA",
    "ROWS_METADATA",
    "Constant",
    "DType",
    "Editor",
    "Feed",
    "Graph",
    "Model",
    "Op",
    "OpCode",
    "OpId",
    "Options",
    "Plain",
    "Quant",
    "Signature",
    "Tensor",
    "TensorId",
    "feed_of",
    "holds_plain_data",
    "same_quant",
    "same_values",
    "verify",
]

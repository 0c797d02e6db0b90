"""A float model priced as int8: what it refuses."""

from dataclasses import replace

import pytest

pytest.importorskip("litert_quantizer", reason="needs litert-quantizer (extra quantize)")

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, OpCode
from arenafit.structure.skeleton import int8_skeleton
from support.small_models import call_once


def without_its_operand() -> Model:
    """Return a model with a SPLIT that reads nothing where a variable is begun: LiteRT ends the process over it."""
    model = call_once()
    main, begun = model.graphs
    ops = tuple(replace(op, code=OpCode("SPLIT")) if op.name == "VAR_HANDLE" else op for op in begun.ops)
    return replace(model, graphs=(main, replace(begun, ops=ops)))


def test_a_model_over_which_litert_ends_the_process_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="desktop LiteRT crashes on this model"):
        int8_skeleton(without_its_operand())

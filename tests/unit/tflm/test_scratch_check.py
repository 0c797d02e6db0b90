"""Scratch buffers over variables: a variable keeps its content, unless the plan itself puts other tensors on it."""

from dataclasses import replace

import pytest

from arenafit.ir import DType, Editor
from arenafit.layout.scratch_check import scratch_conflicts
from arenafit.targets.libraries import CMSIS_NN_DSP
from arenafit.targets.target import WHEEL
from support.netsketch import NetSketch, Sliding


@pytest.mark.parametrize("overlaid", [False, True])
def test_a_variable_that_other_tensors_are_planned_over_keeps_nothing(*, overlaid: bool) -> None:
    drawn = NetSketch(DType.INT8)
    source, state = drawn.input(1, 8, 8, 1), drawn.tensor("state", (1, 8, 8, 1))
    drawn.editor.update_tensor(replace(drawn.editor.tensor(state), is_variable=True))
    added = drawn.binary("ADD", source, state)
    made = drawn.sliding_conv(added, 1, Sliding((3, 3)))
    editor = Editor(drawn.finish(made))
    # For TFLM the variable's place is free once it is read: the convolution's scratch buffer goes there.
    editor.set_offline_plan({state: 0, source: 0 if overlaid else 192, added: 64, made: 128})
    found = list(scratch_conflicts(editor.build(), WHEEL, (CMSIS_NN_DSP,)))
    assert [item.tensor for item in found] == ([] if overlaid else [state])

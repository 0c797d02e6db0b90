"""After an edit: shapes re-inferred in schedule order, weights cut or repeated, scales brought in line."""

from dataclasses import replace

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Model, Op, Quant, Tensor
from arenafit.ops import find
from arenafit.ops.facts import SupportRule
from arenafit.structure.shapes import rules
from arenafit.structure.shapes.rule import Rule, Shape, Sizing


def settle(before: Model, edited: Model) -> Model:
    """Return `edited` with shapes that follow from its inputs, options and weights.

    Args:
        before: the model before the edit; its shapes say what was made of what.
        edited: the same with other options, weights, operators or input shapes; tensors keep their ids.

    Raises:
        UnsupportedModelError: naming the operator whose output shape cannot be told.
    """
    editor = Editor(edited)
    editor.set_offline_plan(None)  # offsets of other sizes mean nothing
    sizing = Sizing(editor, edited.main, before)
    known = rules()
    for op in edited.main.ops:
        shapes = _inferred(sizing, op, known.get(op.name))
        current = sizing.current(op)
        for output, shape in zip(current.outputs, shapes, strict=True):
            tensor = editor.tensor(output)
            if tensor.shape != shape:
                editor.update_tensor(replace(tensor, shape=shape, shape_signature=None))
        rule = known.get(op.name)
        if rule is not None:
            _scales(sizing, current, rule)
    editor.prune_tensors()
    return editor.build()


def _inferred(sizing: Sizing, op: Op, rule: Rule | None) -> tuple[Shape, ...]:
    if rule is not None:
        return rule.infer(sizing, op)
    if any(sizing.tensor(operand).shape != sizing.old(operand) for operand in op.operands):
        raise UnsupportedModelError(f"{op.code.label} (operator {op.id}): no rule tells its shape after a change")
    return tuple(sizing.tensor(output).shape for output in op.outputs)


def _scales(sizing: Sizing, op: Op, rule: Rule) -> None:
    """Bring scales in line where an operator reads another tensor than it did."""
    source = sizing.tensor(op.operands[0])
    if rule.same_quant and _copies_stored_values(op):
        for output in op.outputs:
            written = sizing.tensor(output)
            if _differs(source.quant, written.quant) and source.dtype is written.dtype:
                sizing.editor.update_tensor(replace(written, quant=source.quant))
    if rule.weighted and len(op.inputs) > 2 and op.inputs[2] is not None:
        _bias_scale(sizing, op, source)


def _copies_stored_values(op: Op) -> bool:
    operator = find(op.code)
    precisions = None if operator is None else operator.precisions
    return precisions is not None and precisions.rule is SupportRule.SAME


def _differs(one: Quant | None, other: Quant | None) -> bool:
    if one is None or other is None:
        return False
    return (one.scales, one.zero_points) != (other.scales, other.zero_points)


def _bias_scale(sizing: Sizing, op: Op, source: Tensor) -> None:
    # LiteRT refuses a bias whose scale is not the product of the operand's and the weights' (kernel_util.cc).
    weights, bias = sizing.tensor(sizing.needed(op, 1)), sizing.tensor(sizing.needed(op, 2))
    if source.quant is None or weights.quant is None or bias.quant is None or not source.quant.scales:
        return
    known = [sizing.before.tensors.get(item.id) for item in (source, weights, bias)]
    if all(was is not None and was.quant is now.quant for was, now in zip(known, (source, weights, bias), strict=True)):
        return  # as it was
    scales = tuple(source.quant.scales[0] * scale for scale in weights.quant.scales)
    have = bias.quant.scales
    if len(have) == len(scales) and all(abs(a - b) <= 1e-6 * min(a, b) for a, b in zip(have, scales, strict=True)):
        return
    if not bias.is_constant or not have:
        return
    sizing.set_constant(op, 2, bias.array(), replace(bias.quant, scales=scales, zero_points=(0,) * len(scales)))

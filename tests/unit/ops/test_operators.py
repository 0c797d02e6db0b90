"""The operator files: one for each kernel, each used, and what they say of shapes."""

import numpy as np
import pytest

from arenafit.costs.work import op_costs
from arenafit.ir import DType, Model, Op, OpCode, OpId
from arenafit.kernels import kernels
from arenafit.ops import Family, Operands, Operator, ShapeError, find, is_elementwise, is_well_formed, operators
from arenafit.ops import _accept as accepted
from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast, reduced
from support.one_op import Operand, const, f32, i32, one_op


def test_every_kernel_has_an_operator_file() -> None:
    missing = sorted(name for custom, name in set(kernels()) - set(operators()))
    assert not missing, f"add ops/<operator>.py for {missing}"


def test_every_kernel_of_tflm_itself_says_what_it_demands() -> None:
    # WHILE's demands concern the graphs it runs; validity/flow.py has them.
    silent = sorted(key[1] for key, kernel in kernels().items() if not (kernel.custom or kernel.conditions))
    assert silent == ["WHILE"], f"add conditions to kernels/<operator>.py for {silent}"


def shapes_of(model: Model) -> object:
    op = model.main.ops[0]
    operator = find(op.code)
    assert operator is not None
    assert operator.output_shapes is not None
    return list(operator.output_shapes(Operands(op, model.main)) or ())


CONV = {"padding": 0, "stride_w": 2, "stride_h": 2, "dilation_w_factor": 1, "dilation_h_factor": 1}
VALID = {**CONV, "padding": 1, "stride_w": 1, "stride_h": 1, "dilation_h_factor": 2, "dilation_w_factor": 2}


def conv(image: Operand, filters: Operand, values: dict[str, int], name: str = "CONV_2D") -> Model:
    table = {"CONV_2D": "Conv2DOptions", "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions"}[name]
    return one_op(name, [image, filters], [f32(1)], table, **values)


def index(*values: int) -> Operand:
    return const(np.array(values, np.int32), np.int32)


def strided(operands: list[Operand], **values: int) -> Model:
    return one_op("STRIDED_SLICE", operands, [f32(1)], "StridedSliceOptions", **values)


MATMUL = "BatchMatMulOptions"
CASES = [
    (conv(f32(1, 7, 8, 4), f32(6, 3, 3, 4), CONV), [(1, 4, 4, 6)]),
    (conv(f32(1, 7, 8, 4), f32(6, 3, 3, 2), VALID), [(1, 3, 4, 6)]),  # two groups
    (conv(f32(2, 7, 8, 4), f32(1, 3, 3, 8), CONV, "DEPTHWISE_CONV_2D"), [(2, 4, 4, 8)]),
    (one_op("ADD", [f32(1, 4, 1), f32(3, 1, 5)], [f32(1)]), [(3, 4, 5)]),
    (one_op("SPACE_TO_BATCH_ND", [f32(1, 16, 2), index(2), index(2, 2)], [f32(1)]), [(2, 10, 2)]),
    (one_op("BATCH_TO_SPACE_ND", [f32(2, 10, 2), index(2), index(1, 3)], [f32(1)]), [(1, 16, 2)]),
    (
        one_op("STRIDED_SLICE", [f32(6, 5), index(5, 0), index(-7, 4), index(-2, 2)], [f32(1)], "StridedSliceOptions"),
        [(3, 2)],
    ),
    (strided([f32(6, 5), index(2, 1), index(0, 5), index(1, 3)], shrink_axis_mask=1), [(2,)]),
    (one_op("SLICE", [f32(6, 5), index(1, 2), index(-1, 2)], [f32(1)]), [(5, 2)]),
    (one_op("SLICE", [f32(6, 5), i32(2), index(3, 2)], [f32(1)]), [(3, 2)]),  # begins where the run says
    (one_op("SLICE", [f32(6, 5), i32(2), index(-1, 2)], [f32(1)]), [None]),
    (one_op("RESHAPE", [f32(6, 5), index(3, -1)], [f32(1)]), [(3, 10)]),
    (one_op("TRANSPOSE", [f32(2, 3, 4), index(2, 0, 1)], [f32(1)]), [(4, 2, 3)]),
    (one_op("PAD", [f32(2, 3), const([[0, 1], [2, 3]])], [f32(1)]), [(3, 8)]),
    (one_op("MEAN", [f32(2, 3, 4), index(-1, 0)], [f32(1)], "ReducerOptions", keep_dims=True), [(1, 3, 1)]),
    (one_op("GATHER", [f32(4, 3), i32(2, 5)], [f32(1)], "GatherOptions", axis=1, batch_dims=0), [(4, 2, 5)]),
    (
        one_op("SPLIT_V", [f32(4, 9), index(2, -1, 3), index(1)], [f32(1)] * 3, "SplitVOptions"),
        [(4, 2), (4, 4), (4, 3)],
    ),
    (
        one_op("BATCH_MATMUL", [f32(5, 1, 2, 3), f32(7, 4, 3)], [f32(1)], "BatchMatMulOptions", adj_y=True),
        [(5, 7, 2, 4)],
    ),
    (one_op("PACK", [f32(2, 3), f32(2, 3)], [f32(1)], "PackOptions", axis=-1, values_count=2), [(2, 3, 2)]),
    (one_op("FULLY_CONNECTED", [f32(2, 3, 4), f32(5, 12)], [f32(1)], "FullyConnectedOptions"), [(2, 5)]),
]


@pytest.mark.parametrize(("model", "wanted"), CASES, ids=[model.main.ops[0].name for model, _ in CASES])
def test_shapes_follow_from_operands_and_options(model: Model, wanted: list[tuple[int, ...] | None]) -> None:
    assert shapes_of(model) == wanted


REFUSED = [
    (one_op("ADD", [f32(4, 3), f32(4, 2)], [f32(1)]), "do not broadcast"),
    (conv(f32(1, 7, 8, 4), f32(6, 3, 3, 3), CONV), "do not fit"),
    (conv(f32(1, 2, 8, 4), f32(6, 3, 3, 4), VALID), "does not fit into 2"),
    (conv(f32(1, 7, 8, 4), f32(6, 3, 3, 4), {**CONV, "stride_h": 0}), "at least 1"),
    (one_op("RESHAPE", [f32(6, 5), index(4, -1)], [f32(1)]), "do not fill"),
    (one_op("RESHAPE", [f32(6, 5), index(4, 7)], [f32(1)]), "does not hold"),
    (one_op("BATCH_TO_SPACE_ND", [f32(1, 10, 2), index(2), index(0, 0)], [f32(1)]), "does not divide"),
    (one_op("SLICE", [f32(6, 5), index(4, 0), index(3, 5)], [f32(1)]), "lies outside"),
    (one_op("CONCATENATION", [f32(2, 3), f32(3, 3)], [f32(1)], "ConcatenationOptions", axis=1), "do not join"),
    (one_op("TRANSPOSE", [f32(2, 3), index(0, 0)], [f32(1)]), "no order"),
    (
        one_op("STRIDED_SLICE", [f32(6), index(0), index(6), index(0)], [f32(1)], "StridedSliceOptions"),
        "stride of axis 0",
    ),
]


@pytest.mark.parametrize(("model", "clause"), REFUSED, ids=[clause for _, clause in REFUSED])
def test_operands_that_contradict_each_other_are_refused(model: Model, clause: str) -> None:
    with pytest.raises(ShapeError, match=clause):
        shapes_of(model)


def test_data_too_short_for_its_shape_is_not_read() -> None:
    short = Operand(DType.INT32, (1000,), data=b"\1\0\0\0")
    assert shapes_of(one_op("RESHAPE", [f32(6, 5), short], [f32(1)])) == [None]


def test_every_elementwise_operator_streams_and_is_cut_by_channels() -> None:
    lacking = [
        found.name
        for found in operators().values()
        if found.elementwise and not (found.cut_follower and found.rows_form and found.axes)
    ]
    assert not lacking


@pytest.mark.parametrize(
    ("operator", "fact"),
    [
        (Operator("SINH", family=Family.UNARY), "output_shapes"),
        (binary(Operator("HYPOT", output_shapes=broadcast(0, 1))), "pair"),
        (Operator("REDUCE_PROD", family=Family.REDUCTION, output_shapes=reduced), "summary"),
    ],
)
def test_an_operator_that_lacks_a_fact_of_its_family_is_named(operator: Operator, fact: str) -> None:
    with pytest.raises(TypeError, match=f"operator {operator.name} of the family .* does not state {fact}"):
        accepted(operator)


def test_every_function_of_one_element_is_stated() -> None:
    # Steps have no slope worth following, CAST changes what numbers stand for, RELU_0_TO_1 has no kernel.
    silent = sorted(item.name for item in operators().values() if item.family is Family.UNARY and item.real is None)
    assert silent == ["CAST", "CEIL", "FLOOR", "RELU_0_TO_1", "ROUND"], "state `real` in ops/<operator>.py"


def test_every_elementwise_operator_with_a_kernel_has_a_predicted_cost() -> None:
    silent = sorted(
        name for custom, name in kernels() if operators()[custom, name].elementwise and name not in op_costs()
    )
    assert not silent, f"add costs/ops/<operator>.py for {silent}"


def test_every_operator_that_can_be_registered_says_how() -> None:
    # ethos-u is registered where Vela's output runs; every other operator with a kernel has a method of its own.
    missing = sorted(name for custom, name in kernels() if operators()[custom, name].resolver is None)
    assert not missing


def test_an_operator_nobody_knows_has_effects_and_no_facts() -> None:
    op = Op(OpId(0), OpCode("STABLEHLO_WHILE"), (), ())
    assert find(op.code) is None
    assert is_well_formed(op) is False
    assert not is_elementwise(op)

"""Any operator with any operands gets a price or a reason, never an exception."""

from hypothesis import given, settings
from hypothesis import strategies as st

from arenafit.costs import Core, estimate
from arenafit.costs.work import op_costs
from arenafit.ir import DType, TensorId
from calibration.drafts import Draft

shapes = st.lists(st.integers(0, 9), max_size=5).map(tuple)
tensors = st.tuples(st.sampled_from([DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32, DType.BOOL]), shapes)
options = st.dictionaries(
    st.sampled_from(["stride_h", "stride_w", "axis", "filter_height", "dilation_w_factor", "shrink_axis_mask"]),
    st.one_of(st.none(), st.integers(-2, 5)),
)


@settings(deadline=None, max_examples=400)
@given(
    st.sampled_from(sorted(op_costs())),
    st.lists(st.one_of(st.none(), tensors, st.lists(st.integers(-3, 9), max_size=4)), max_size=4),
    st.lists(tensors, max_size=2),
    options,
)
def test_nothing_raises(
    name: str,
    inputs: list[tuple[DType, tuple[int, ...]] | list[int] | None],
    outputs: list[tuple[DType, tuple[int, ...]]],
    chosen: dict[str, int | None],
) -> None:
    draft = Draft()

    def operand(given: tuple[DType, tuple[int, ...]] | list[int] | None) -> TensorId | None:
        if given is None:
            return None
        return draft.ints(*given) if isinstance(given, list) else draft.tensor(*given)

    sources = [operand(found) for found in inputs]
    op = draft.op(name, sources, [draft.tensor(*found) for found in outputs], chosen)
    for core in Core:
        cost = estimate(draft.model(), core)
        assert (op in cost.per_op) != bool(cost.uncovered)
        assert all(count >= 0 for count in cost.per_op.values())

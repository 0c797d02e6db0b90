"""Each kind of change on a small net: what it makes of the shapes, and what it refuses."""

import numpy as np
import pytest

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.ir import DType, Model
from arenafit.structure.channels import channels, without
from arenafit.structure.kinds import apply_changes, kinds, parse_setting, proposals
from arenafit.structure.macs import macs
from arenafit.structure.pricing import Pricer, content_bytes, price_changes
from arenafit.structure.protocol import Needs
from arenafit.structure.settle import settle
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from arenafit.tflm.footprints import footprint
from support.models import RELU6, VALID, Sketch, conv_chain, depthwise_chain, residual


def classifier(dtype: DType = DType.INT8) -> Model:
    """Return conv 3x3 valid, pool 2, conv 3x3 valid, pool 2, flatten, two dense layers: 20x20 inputs."""
    sketch = Sketch(dtype)
    tensor = sketch.pool(sketch.conv(sketch.input(1, 20, 20, 3), 8, padding=VALID), 2)
    tensor = sketch.pool(sketch.conv(tensor, 12, padding=VALID), 2)
    tensor = sketch.reshape(tensor, 1, 3 * 3 * 12)
    return sketch.finish(sketch.softmax(sketch.dense(sketch.dense(tensor, 16), 5)))


def changed(model: Model, *settings: str) -> Model:
    return apply_changes(model, [parse_setting(model, text) for text in settings])


def shapes(model: Model) -> list[tuple[str, tuple[int, ...]]]:
    return [(op.name, model.tensors[op.outputs[0]].shape) for op in model.main.ops]


def test_a_window_changes_what_follows_and_the_dense_weights() -> None:
    made = changed(classifier(), "pool#1.window=3")
    assert shapes(made)[:5] == [
        ("CONV_2D", (1, 18, 18, 8)),
        ("MAX_POOL_2D", (1, 6, 6, 8)),
        ("CONV_2D", (1, 4, 4, 12)),
        ("MAX_POOL_2D", (1, 2, 2, 12)),
        ("RESHAPE", (1, 48)),
    ]
    assert made.tensors[made.main.ops[5].operands[1]].shape == (16, 48)
    assert list(made.tensors[made.main.ops[4].operands[1]].array()) == [1, 48]


def test_a_pooling_moves_in_front_with_the_operands_scale() -> None:
    made = changed(classifier(), "pool#1.order=first")
    assert shapes(made)[:2] == [("MAX_POOL_2D", (1, 10, 10, 3)), ("CONV_2D", (1, 8, 8, 8))]
    given, pooled = (made.tensors[item] for item in (made.main.ops[0].operands[0], made.main.ops[0].outputs[0]))
    assert given.quant == pooled.quant


def test_a_stride_stands_for_a_pooling() -> None:
    made = changed(classifier(), "pool#1.instead=stride")
    assert shapes(made)[:2] == [("CONV_2D", (1, 9, 9, 8)), ("CONV_2D", (1, 7, 7, 12))]


def test_a_greater_stride_and_a_smaller_filter() -> None:
    assert shapes(changed(classifier(), "conv#0.stride=2"))[0] == ("CONV_2D", (1, 9, 9, 8))
    made = changed(classifier(), "conv#0.kernel=1")
    assert shapes(made)[0] == ("CONV_2D", (1, 20, 20, 8))
    before, after = (model.tensors[model.main.ops[0].operands[1]].array() for model in (classifier(), made))
    assert np.array_equal(after, before[:, 1:2, 1:2, :])


def test_channels_keep_the_first_weights_and_their_scales() -> None:
    before, made = classifier(), changed(classifier(), "conv#0.channels=4")
    old, new = (model.tensors[model.main.ops[0].operands[1]] for model in (before, made))
    assert np.array_equal(new.array(), old.array()[:4])
    assert old.quant is not None
    assert new.quant is not None
    assert new.quant.scales == old.quant.scales[:4]
    reader = made.tensors[made.main.ops[2].operands[1]]
    assert np.array_equal(reader.array(), before.tensors[before.main.ops[2].operands[1]].array()[..., :4])


def test_channels_before_a_flatten_leave_every_position() -> None:
    before, made = classifier(), changed(classifier(), "conv#2.channels=5")
    assert shapes(made)[4] == ("RESHAPE", (1, 45))
    old = before.tensors[before.main.ops[5].operands[1]].array().reshape(16, 9, 12)
    assert np.array_equal(made.tensors[made.main.ops[5].operands[1]].array().reshape(16, 9, 5), old[..., :5])


def test_all_channels_leave_inputs_and_outputs_alone() -> None:
    made = changed(classifier(), "all.channels=0.5")
    assert [shape[-1] for _, shape in shapes(made)] == [4, 4, 8, 8, 72, 8, 5, 5]
    assert made.tensors[made.main.inputs[0]].shape == (1, 20, 20, 3)


def test_separable_is_depthwise_and_pointwise() -> None:
    made = changed(classifier(), "conv#2.separable=yes")
    assert shapes(made)[2:4] == [("DEPTHWISE_CONV_2D", (1, 7, 7, 8)), ("CONV_2D", (1, 7, 7, 12))]
    with pytest.raises(ConfigError, match="1x1 already"):
        changed(changed(classifier(), "conv#2.kernel=1"), "conv#2.separable=yes")


def test_a_smaller_input_and_a_mean_in_front() -> None:
    assert shapes(changed(classifier(), "input=0.5"))[:2] == [
        ("CONV_2D", (1, 8, 8, 8)),
        ("MAX_POOL_2D", (1, 4, 4, 8)),
    ]
    made = changed(classifier(), "input.pool=2")
    assert made.tensors[made.main.inputs[0]].shape == (1, 20, 20, 3)
    assert shapes(made)[:2] == [("AVERAGE_POOL_2D", (1, 10, 10, 3)), ("CONV_2D", (1, 8, 8, 8))]


def test_a_mean_for_a_flatten() -> None:
    made = changed(classifier(), "reshape#4.flatten=mean")
    assert shapes(made)[4:6] == [("MEAN", (1, 12)), ("FULLY_CONNECTED", (1, 16))]
    assert made.tensors[made.main.ops[5].operands[1]].shape == (16, 12)


def test_a_block_less_and_a_shortcut_less() -> None:
    made = changed(depthwise_chain(blocks=3), "dw#3.leave-out=2")
    assert [name for name, _ in shapes(made)].count("DEPTHWISE_CONV_2D") == 2
    made = changed(residual(), "add#3.shortcut=none")
    assert "ADD" not in [name for name, _ in shapes(made)]
    assert len(made.main.ops) == len(residual().main.ops) - 1


def test_an_addition_ties_the_channels_of_both_sides() -> None:
    sketch = Sketch()
    stem = sketch.conv(sketch.input(1, 12, 12, 2), 6)
    branch = sketch.conv(sketch.conv(stem, 5), 6)
    model = sketch.finish(sketch.dense(sketch.add(stem, branch), 2))
    made = changed(model, "conv#2.channels=3")
    assert [shape[-1] for name, shape in shapes(made) if name in ("CONV_2D", "ADD")] == [3, 5, 3, 3]


def test_settings_of_several_changes_go_together() -> None:
    made = changed(classifier(), "input=0.5", "conv#0.channels=4", "pool#3.window=1")
    assert shapes(made)[:4] == [
        ("CONV_2D", (1, 8, 8, 4)),
        ("MAX_POOL_2D", (1, 4, 4, 4)),
        ("CONV_2D", (1, 2, 2, 12)),
        ("MAX_POOL_2D", (1, 2, 2, 12)),
    ]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("conv#0", "no setting"),
        ("conv#0.colour=3", "known are"),
        ("conv#9.channels=3", "no operator"),
        ("pool#0.window=2", "operator 0 is conv#0"),
        ("window=2", "of which operator"),
        ("pool#1.window=0", "whole number"),
        ("conv#0.window=2", "no pooling"),
        ("pool#1.order=last", "'first'"),
        ("conv#0.channels=99", "it has 8 channels"),
        ("dense#6.channels=2", "no channels that could go"),
        ("all.channels=2", "above 0, up to 1"),
        ("input=none", "share of rows"),
        ("input.pool=99", "fits into an input"),
        ("conv#0.kernel=9", "whole number"),
        ("conv#0.separable=no", "the value is 'yes'"),
        ("reshape#4.flatten=max", "'mean'"),
        ("conv#0.leave-out=1", "do not end in the shape"),
    ],
)
def test_settings_that_are_none(setting: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_setting(classifier(), setting)


def test_a_window_that_no_longer_fits_names_the_operator() -> None:
    with pytest.raises(UnsupportedModelError, match="does not fit"):
        changed(classifier(), "input=0.1")


def test_every_kind_proposes_something_somewhere() -> None:
    models = (classifier(), residual(), depthwise_chain(), conv_chain())
    found = {change.kind for model in models for change in proposals(model)}
    assert found == set(kinds())


def test_what_is_proposed_can_be_parsed_again() -> None:
    for model in (classifier(), residual(), depthwise_chain()):
        for change in proposals(model):
            assert parse_setting(model, change.text).text == change.text


def test_nothing_changed_is_nothing_settled() -> None:
    for model in (classifier(), residual(), depthwise_chain(), conv_chain(DType.FLOAT32)):
        assert settle(model, model) == model
        assert without(channels(model), ()) is model


def test_a_row_that_needs_most_says_so() -> None:
    model = classifier()
    wanted = [parse_setting(model, text) for text in ("conv#0.channels=4", "input=0.5")]
    row = price_changes(model, Pricer(WHEEL), wanted).rows[0]
    assert row.needs is Needs.OTHER_INPUT
    assert price_changes(model, Pricer(WHEEL), wanted[:1]).rows[0].needs is Needs.WEIGHTS_KEPT


def test_prices_are_those_of_the_changed_model() -> None:
    model = classifier()
    priced = price_changes(model, Pricer(WHEEL))
    assert priced.price.arena_bytes == footprint(model).min_arena_bytes
    for row in priced.rows:
        assert row.price.arena_bytes == footprint(row.model).min_arena_bytes
        assert abs(row.price.flash_bytes - len(write_bytes(row.model))) < 400
    arenas = [row.price.arena_bytes for row in priced.rows]
    assert arenas == sorted(arenas)
    assert len(arenas) >= 20


def test_macs_count_products() -> None:
    sketch = Sketch()
    made = sketch.dense(sketch.depthwise(sketch.conv(sketch.input(1, 8, 8, 2), 4), activation=RELU6), 3)
    model = sketch.finish(made)
    assert macs(model) == 8 * 8 * 4 * (3 * 3 * 2) + 8 * 8 * 4 * (3 * 3) + 3 * (8 * 8 * 4)
    assert content_bytes(model) > 3 * 8 * 8 * 4

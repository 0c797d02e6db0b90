"""What `inspect` says of channels that need not be computed."""

from arenafit.report.documents.inspection_tail import explain_tail
from arenafit.targets.choice import find_target
from arenafit.tflm import footprint
from support.dead_channels import through_blocks
from support.models import conv_chain


def test_inspect_names_dead_channels_and_what_they_cost() -> None:
    model = through_blocks()
    row = explain_tail(model, footprint(model, find_target("cortex-m4")))
    (driver,) = [item for item in row.drivers if item.name == "dead channels"]
    assert driver.what.startswith(
        "10 of 27 channels can only hold one value: 4 in #0 CONV_2D, 4 in #1 DEPTHWISE_CONV_2D"
    )
    # A multiplier and a shift for each channel that goes.
    assert driver.size_bytes == 2 * 4 * 8


def test_a_model_without_any_has_no_such_driver() -> None:
    model = conv_chain()
    row = explain_tail(model, footprint(model, find_target("cortex-m4")))
    assert "dead channels" not in {item.name for item in row.drivers}

"""The search: which graphs it starts from, and the limits it keeps."""

from dataclasses import replace

import pytest

from arenafit.fit.search.driver import Search
from arenafit.fit.search.neighbourhood import GATED_SHARES, paired, writing_choices
from arenafit.fit.settings import Loops, Settings
from arenafit.ir import DType, Model, Quant
from arenafit.rewrites.protocol import Validity
from arenafit.targets.target import WHEEL
from support.models import conv_chain
from support.rewrite_nets import large_stored_weights, padded, per_channel, stored_weights
from support.striped import striped


def rewrites_of(model: Model, settings: Settings) -> set[str]:
    """Every rewrite that some candidate was made with."""
    search = Search(model, settings, lambda _: None)
    search.run()
    return {stage.move.rewrite for candidate in search.found for stage in candidate.stages}


def test_rewrites_that_cost_something_are_tried() -> None:
    assert "fold_dequantize" in rewrites_of(stored_weights(), Settings(effort=1500))
    assert "fold_pad_wide" in rewrites_of(padded(DType.INT8, 2), Settings(effort=1500))


@pytest.mark.parametrize(("validity", "folds"), [(Validity.TFLITE, False), (Validity.TFLM, True)])
def test_what_holds_for_tflm_alone_is_kept_from_others(validity: Validity, folds: bool) -> None:
    found = rewrites_of(stored_weights(per_channel()), Settings(validity=validity, effort=1500))
    assert ("fold_dequantize" in found) is folds


def test_weights_are_dequantised_in_a_loop_where_loops_may_be_written() -> None:
    model = large_stored_weights()
    assert "stream_weights" in rewrites_of(model, Settings(effort=1500))
    for refused in (Settings(effort=1500, loops=Loops.UNROLLED), Settings(effort=1500, stream=False)):
        assert "stream_weights" not in rewrites_of(model, refused)
        assert "unroll_weights" in rewrites_of(model, refused)
    assert "unroll_weights" not in rewrites_of(model, Settings(effort=1500, loops=Loops.ROLLED))


@pytest.mark.parametrize("limit_bytes", [None, 4096], ids=["much_flash", "little_flash"])
def test_weights_are_written_out_in_floating_point_where_the_flash_holds_them(limit_bytes: int | None) -> None:
    search = Search(
        large_stored_weights(Quant((0.01,), (4,))),
        Settings(target=replace(WHEEL, flash_bytes=limit_bytes), seconds=5.0),
        lambda _: None,
    )
    made_by = [stage.move.rewrite for stage in search.run()[0].stages]
    assert made_by == (["fold_dequantize"] if limit_bytes is None else ["stream_weights"])


def test_no_candidate_outgrows_the_flash() -> None:
    model = stored_weights()
    stored_bytes = sum(len(tensor.data.data) for tensor in model.all_tensors() if tensor.data is not None)
    limited = replace(WHEEL, flash_bytes=stored_bytes)
    assert "fold_dequantize" not in rewrites_of(model, Settings(target=limited, effort=1500))


def test_rows_are_moved_in_other_ways_for_tflm_alone() -> None:
    search = Search(conv_chain(DType.INT8), Settings(validity=Validity.TFLM, effort=3000), lambda _: None)
    search.run()
    ways = [candidate.recipe.writing for candidate in search.found if candidate.recipe is not None]
    assert {way.patch_rows for way in ways} == {way.flat_rows for way in ways} == {False, True}


@pytest.mark.parametrize("validity", list(Validity))
def test_stripes_cut_by_hand_are_made_whole_and_streamed(validity: Validity) -> None:
    search = Search(striped(), Settings(WHEEL, validity, effort=3000), lambda _: None)
    search.run()
    made = [[stage.move.rewrite for stage in candidate.stages] for candidate in search.found]
    assert any("untile" in names and "streaming" in names for names in made)
    # As they came they are tried, too.
    assert any("untile" not in names and "streaming" in names for names in made)


def test_stripes_stay_where_nothing_is_streamed() -> None:
    assert "untile" not in rewrites_of(striped(), Settings(effort=1500, stream=False, loops=Loops.ROLLED))


@pytest.mark.parametrize("max_slowdown", [None, 0.5])
def test_convolutions_are_gated_where_instructions_count(max_slowdown: float | None) -> None:
    settings = Settings(validity=Validity.TFLM, effort=3000, max_slowdown=max_slowdown)
    search = Search(conv_chain(DType.INT8), settings, lambda _: None)
    search.run()
    shares = {candidate.recipe.writing.gated_share for candidate in search.found if candidate.recipe is not None}
    assert shares == ({None} if max_slowdown is None else set(GATED_SHARES))
    # What is left of the work changes two choices at once in how the best is written: a search that did not do so ended
    # early, at a writing that two changes make smaller within the time allowed.
    assert not search.work.is_over()
    best = search.leaders()[0].recipe
    assert best is not None
    written = {
        found.recipe.writing for found in search.found if found.recipe and found.recipe.segments == best.segments
    }
    assert written >= set(paired(writing_choices(as_views=True, settings=settings), best.writing))

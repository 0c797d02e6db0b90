"""Which ways to stream the search is offered."""

from dataclasses import replace
from itertools import product

import pytest

from arenafit.fit import Loops, Settings
from arenafit.fit.search.candidates import Base, Recipe, build, stream
from arenafit.fit.search.enumeration import MOST_CLONES, enumerate_tilings, rolled_and_all, worth_varying
from arenafit.fit.search.neighbourhood import paired, writing_choices
from arenafit.fit.search.option_costs import extra_instructions
from arenafit.fit.search.stream_moves import stream_move
from arenafit.fit.search.tilings import Tiling
from arenafit.fit.settings import LoopSupport
from arenafit.ir import DType, Model
from arenafit.layout import live_profile
from arenafit.rewrites.protocol import Validity
from arenafit.streaming import LoopOptions, Stores
from support.byte_ends import with_byte_ends
from support.models import conv_chain, depthwise_chain
from support.upsampled import unet

MODEL = depthwise_chain(DType.INT8, blocks=2, size=24, channels=8)


def unrolled(model: Model, settings: Settings) -> list[Tiling]:
    return [option for option in enumerate_tilings(model, settings) if option.stripes is not None]


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        (Settings(), {True, False}),
        (Settings(loops=Loops.ROLLED), {False}),
        (Settings(loops=Loops.UNROLLED), {True}),
        (Settings(stream=False), {True}),
        (Settings(stream=False, loops=Loops.ROLLED), set()),
        (Settings(stream=False, stream_otherwise=True, validity=Validity.TFLM), {True, False}),
        (Settings(stream=False, stream_otherwise=True, validity=Validity.TFLITE), {True, False}),
    ],
    ids=["auto", "rolled", "unrolled", "old TFLM", "rolled on an old TFLM", "by space", "gathered"],
)
def test_what_the_user_allows(settings: Settings, kinds: set[bool]) -> None:
    assert {option.stripes is not None for option in enumerate_tilings(MODEL, settings)} == kinds


@pytest.mark.parametrize("validity", Validity)
def test_between_ends_of_bytes_everything_is_offered_that_is_between_others(validity: Validity) -> None:
    model, settings = unet(size=64, width=8), Settings(validity=validity, loops=Loops.ROLLED)
    plain = {(option.first + 1, option.end + 1) for option in enumerate_tilings(model, settings)}
    assert (1, 1 + len(model.main.ops)) in plain
    assert plain <= {(option.first, option.end) for option in enumerate_tilings(with_byte_ends(model), settings)}


def test_rows_of_16_bits_are_stored_by_update_alone() -> None:
    model = depthwise_chain(DType.INT16, blocks=2, size=24, channels=8)
    settings = Settings(validity=Validity.TFLM, loops=Loops.ROLLED)
    assert list(enumerate_tilings(model, settings))
    assert not list(enumerate_tilings(model, replace(settings, stream=False, stream_otherwise=True)))


@pytest.mark.parametrize(
    ("tflm", "update", "one_reading", "copy_all"),
    [
        ("2023-02-27", False, True, True),
        ("2023-03-29", False, False, True),
        ("2025-10-31", False, False, True),
        ("2025-11-10", True, False, True),
        ("2026-08-20", True, False, False),
    ],
)
def test_which_loops_a_tflm_runs(tflm: str, *, update: bool, one_reading: bool, copy_all: bool) -> None:
    support = LoopSupport(tflm)
    assert (support.update, support.one_reading, support.copy_all) == (update, one_reading, copy_all)


@pytest.mark.parametrize("validity", list(Validity))
def test_each_option_lowers_what_is_live_with_few_clones(validity: Validity) -> None:
    settings = Settings(validity=validity)
    profile = live_profile(MODEL)
    heights = [profile[op.id] for op in MODEL.main.ops]
    found = unrolled(MODEL, settings)
    assert found
    for option in found:
        assert option.live_bytes < max(heights[option.first : option.end])
        assert option.schedule.trips * (option.end - option.first) <= MOST_CLONES
        assert option.stripes is not None
        assert option.stripes.form.cuts is (validity is Validity.TFLM)
        assert f"{option.schedule.trips} stripes unrolled" in stream_move(MODEL, option).note


def test_touching() -> None:
    first = MODEL.main.ops[0].id
    found = list(enumerate_tilings(MODEL, Settings(), touching={first}))
    assert found
    assert all(option.first == 0 for option in found)


def test_loops_are_selected_from_alone_before_all() -> None:
    found = tuple(enumerate_tilings(MODEL, Settings()))
    alone, everything = rolled_and_all(found)
    assert everything == found
    assert alone == [option for option in found if option.stripes is None]
    assert rolled_and_all(alone) == (alone,)


def test_few_unrolled_options_are_varied_none_far_above_the_chosen() -> None:
    found = sorted(enumerate_tilings(MODEL, Settings()), key=lambda option: option.live_bytes)
    striped = [option for option in found if option.stripes is not None]
    varied = worth_varying(found, striped[-1:])
    assert [option for option in varied if option.stripes is None] == rolled_and_all(found)[0]
    assert 0 < len([option for option in varied if option.stripes is not None]) < len(striped)
    low = [option for option in worth_varying(found, striped[:1]) if option.stripes is not None]
    assert max(option.live_bytes for option in low) <= 1.05 * striped[0].live_bytes


@pytest.mark.parametrize("validity", list(Validity))
def test_time_and_recipe(validity: Validity) -> None:
    model, settings = conv_chain(DType.INT8, layers=2, size=24), Settings(validity=validity)
    found = unrolled(model, settings)
    base = Base((), model, tuple(found))
    keys = {Recipe(base, (option,)).key for option in found}
    assert len(keys) == len(found)
    costs = {op.id: 10_000 for op in model.main.ops}
    last = [item for item in found if (item.first, item.end) == (found[-1].first, found[-1].end)]
    alike = sorted((item for item in last if item.form == last[0].form), key=lambda item: item.schedule.trips)
    few, many = (extra_instructions(item, costs) for item in (alike[0], alike[-1]))
    assert alike[0].schedule.trips < alike[-1].schedule.trips
    assert few < many
    streams = stream(Recipe(base, (found[0],)), settings)
    made = build(streams, settings, Recipe(base, (found[0],)))
    names = [op.name for op in made.priced.model.main.ops]
    # Views stand where the plan puts them; on the desktop somebody has to make them. A row of junk is cut off there.
    assert (names.count("SLICE"), names.count("CONCATENATION")) == ((4, 1) if validity is Validity.TFLITE else (1, 0))
    assert not {"WHILE", "DYNAMIC_UPDATE_SLICE"} & set(names)


def test_loops_that_store_by_gather_are_not_varied_in_what_they_do_not_have() -> None:
    settings = Settings(stream=False, stream_otherwise=True)
    writing = LoopOptions(stores=settings.stores)
    assert writing.stores is Stores.GATHER
    tried = [other for choice in writing_choices(as_views=False, settings=settings) for other in choice(writing)]
    assert {other.held_bytes for other in tried} == {writing.held_bytes}
    assert {(other.guard_rows, other.in_blocks) for other in tried} == set(product((True, False), repeat=2))


def test_two_choices_in_writing_a_loop_are_made_at_once() -> None:
    """Every pair of choices, each with all its alternatives: also what single steps reach through worse ones only."""
    ways = writing_choices(as_views=True, settings=Settings(validity=Validity.TFLM, max_slowdown=0.1))
    made = set(paired(ways, LoopOptions(guard_rows=False, in_blocks=True, held_bytes=1 << 30)))
    assert {(item.guard_rows, item.in_blocks, item.held_bytes) for item in made} >= {
        (True, False, 768),
        (True, False, 0),
    }
    assert {(item.gated_share, item.patch_rows) for item in made} >= {(0.02, True), (0.002, False)}

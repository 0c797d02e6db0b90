"""Models of bytes from 0 to 255 need hardly more than those of int8, and compute what they did."""

from fractions import Fraction

import pytest

from arenafit.fit import Loops, Settings
from arenafit.fit.search.candidates import Base, Candidate, Recipe, build, stream
from arenafit.fit.search.enumeration import enumerate_tilings
from arenafit.fit.verification_inputs import verification_inputs
from arenafit.fit.verifiers import verifier
from arenafit.ir import Model
from arenafit.rewrites.protocol import Validity
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.byte_ends import with_byte_ends
from support.upsampled import unet

# Tail of a QUANTIZE at each end, on 32 bits.
_ENDS_BYTES = 192


def in_one_loop(model: Model, settings: Settings, ends: int) -> Candidate:
    """Return the model with all but `ends` operators at each end in one loop, four rows at a time."""
    first, end = ends, len(model.main.ops) - ends
    options = enumerate_tilings(model, settings, touching=[model.main.ops[first].id])
    option = next(item for item in options if (item.first, item.end, item.rows) == (first, end, Fraction(4)))
    recipe = Recipe(Base((), model, ()), (option,))
    return build(stream(recipe, settings), settings, recipe)


@pytest.mark.parametrize("validity", Validity)
def test_a_unet_of_bytes_is_streamed_like_one_of_int8(validity: Validity) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    settings = Settings(validity=validity, loops=Loops.ROLLED)
    model = unet(size=64, width=8)
    of_bytes = with_byte_ends(model)
    plain, made = in_one_loop(model, settings, 0), in_one_loop(of_bytes, settings, 1)
    assert made.arena_bytes <= plain.arena_bytes + _ENDS_BYTES
    assert made.arena_bytes < footprint(of_bytes, settings.target).min_arena_bytes // 2
    with verifier(model=of_bytes) as judge:
        drawn = verification_inputs(of_bytes, 24)
        found = judge.verify(
            write_bytes(of_bytes), write_bytes(made.priced.model), drawn, desktop=validity is Validity.TFLITE
        )
    assert found.accepted
    assert found.inputs == 24

"""Networks whose arithmetic leaves the finite numbers, rewritten and streamed at random, and who judges them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arenafit.fit.claims import claim_of
from arenafit.fit.finiteness import not_finite, with_floats_as_outputs
from arenafit.fit.search.evaluation import PlacementBudget, price
from arenafit.fit.verification_inputs import domains
from arenafit.ir import DType, Model, TensorId
from arenafit.layout import Hints
from arenafit.layout.scratch_check import scratch_conflicts
from arenafit.rewrites import elide_copies
from arenafit.rewrites.pipeline import all_rewrites, cleanup
from arenafit.rewrites.protocol import Claim, Validity, weakest
from arenafit.runtime import GeneratedInputs, LiteRtPool, Outputs, TflmPool, first_difference
from arenafit.streaming import find_segment
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from support.convnets import Drawer
from support.models import NONE, VALID
from support.netsketch import Sliding
from support.streamed import Case, cases
from support.unrolled import unrolled_cases

Draw = Callable[..., Any]
INPUTS = 200
# Infinities, NaN, denormals, huge values and edges are as many as random ones.
_KINDS = ("random", "min", "max", "zero", *(("edges", "huge", "nonfinite") * 33))
_MOVES = 3
_NEVER_MADE_HERE = (elide_copies.REWRITE,)  # needs a plan; see `Fitted.forms`


class Wild(Drawer):
    """Draws what rewrites look for where numbers matter: PADs before VALID windows, neutral arithmetic, EXP and LOG."""

    def _blocks(self) -> tuple[Callable[[TensorId], TensorId], ...]:
        floats = (self._neutral, self._wild, self._wild) if self._dtype is DType.FLOAT32 else ()
        return (*super()._blocks(), self._padded, *floats)

    def _padded(self, tensor: TensorId) -> TensorId:
        """A PAD and a VALID convolution, whose kernel may have to be widened to take the PAD in."""
        _, height, width, _ = self._sketch.shape(tensor)
        if min(height, width) < 3:
            return tensor
        draw, sides = self._draw, st.tuples(st.integers(0, 2), st.integers(0, 2))
        wide = self._sketch.pad(tensor, draw(sides), draw(sides))
        stride = draw(st.sampled_from(((1, 1), (2, 2))))
        return self._sketch.sliding_conv(wide, 3, Sliding((3, 3), stride, padding=VALID), activation=NONE)

    def _neutral(self, tensor: TensorId) -> TensorId:
        sketch = self._sketch
        name = self._draw(st.sampled_from(("MUL", "SUB", "MAX", "AVERAGE")))
        if name in ("MAX", "AVERAGE"):
            return sketch.sliding_pool(tensor, Sliding((1, 1)), name)
        neutral = np.full((1, 1, 1, sketch.shape(tensor)[3]), 1.0 if name == "MUL" else 0.0)
        return sketch.binary(name, tensor, sketch.channel_constant(neutral))

    def _wild(self, tensor: TensorId) -> TensorId:
        return self._sketch.unary(self._draw(st.sampled_from(("EXP", "LOG", "SQRT", "RSQRT", "SQUARE"))), tensor)


@dataclass(frozen=True)
class Fitted:
    """What was made of a model by moves, how segments of that are streamed, and what is claimed of the result."""

    rewritten: Model
    moves: tuple[str, ...]
    case: Case | None
    claim: Claim
    validity: Validity

    def __repr__(self) -> str:
        """Return what a reader of a failure needs."""
        return f"{self.validity.value}, {self.claim.value}: {self.moves}, {self.case!r}"

    def forms(self) -> Iterator[Model]:
        """Yield the model as `fit` would write it, and without copies that its plan makes superfluous."""
        streamed, hints = (self.rewritten, Hints()) if self.case is None else self.case.streamed()
        as_views = self.case is not None and self.case.as_views
        patience = PlacementBudget(10)
        planned = price(streamed, WHEEL, hints=hints, patience=patience, streamed=True, planned=as_views).model
        if not as_views or _is_safe(planned):
            yield planned
        if self.validity is Validity.TFLM:
            for move in elide_copies.REWRITE.propose(planned):
                made = elide_copies.REWRITE.apply(planned, move)
                if _is_safe(made):
                    yield made
                    break


def _is_safe(model: Model) -> bool:
    return not list(scratch_conflicts(model, WHEEL, (WHEEL.kernels,)))


@dataclass(frozen=True)
class Subject:
    """A model, and what was made of it at each level of validity."""

    original: Model
    made: tuple[Fitted, ...]


@st.composite
def subjects(draw: Draw, dtype: DType) -> Subject:
    """Draw a model, and what to make of it at both levels of validity."""
    original = Wild(draw, (dtype,)).run()
    return Subject(original, tuple(_fitted(draw, original, validity) for validity in Validity))


def _fitted(draw: Draw, original: Model, validity: Validity) -> Fitted:
    model, moves = cleanup(original) if draw(st.booleans()) else (original, [])
    made = list(moves)
    for _ in range(draw(st.integers(0, _MOVES))):
        offers = [
            (rewrite, move)
            for rewrite in all_rewrites()
            if rewrite not in _NEVER_MADE_HERE
            for move in rewrite.propose(model)
            if validity is Validity.TFLM or move.validity is Validity.TFLITE
        ]
        if not offers:
            break
        rewrite, move = offers[draw(st.integers(0, len(offers) - 1))]
        model = rewrite.apply(model, move)
        made.append(move)
    kind = draw(st.sampled_from((cases, unrolled_cases)))
    case: Case | None = draw(kind(st.just(model)))
    if case is not None and case.as_views and validity is Validity.TFLITE:
        case = replace(case, as_views=False)
    claims = [move.claim for move in made]
    for way in () if case is None else case.ways:
        segment = None if case is None else find_segment(case.model.main, way.ops)
        assert case is not None
        assert segment is not None
        claims.append(claim_of(case.model, segment.geometries))
    notes = tuple(f"{move.rewrite}: {move.note}" for move in made)
    return Fitted(model if case is None else case.model, notes, case, weakest(claims), validity)


@dataclass
class Court:
    """The real TFLM, and LiteRT for what shall run there; counts what it saw."""

    tflm: TflmPool
    litert: LiteRtPool
    judged: int = 0
    exact: int = 0
    declared: int = 0

    def check(self, subject: Subject, *, desktop: bool) -> None:
        """Fail if outputs differ in what was claimed; a model that TFLM refuses proves nothing."""
        inputs = GeneratedInputs(INPUTS, 1, _KINDS, domains(subject.original))
        before = self._run(self.tflm, subject.original, inputs)
        if before is None:
            return
        on_desktop = self._run(self.litert, subject.original, inputs) if desktop else None
        for made in subject.made:
            forms = list(made.forms())
            self.judged += bool(forms)
            self.exact += made.claim is Claim.BIT_EXACT
            for form in forms:
                self._compare(self.tflm, subject.original, (before, form), made.claim, inputs)
            if on_desktop is not None and made.validity is Validity.TFLITE:
                self._compare(self.litert, subject.original, (on_desktop, forms[0]), made.claim, inputs)

    def _run(self, pool: TflmPool | LiteRtPool, model: Model, inputs: GeneratedInputs) -> Outputs | None:
        found = pool.run(write_bytes(model), inputs)
        return found if isinstance(found, Outputs) else None

    def _compare(
        self,
        pool: TflmPool | LiteRtPool,
        original: Model,
        pair: tuple[Outputs, Model],
        claim: Claim,
        inputs: GeneratedInputs,
    ) -> None:
        before, form = pair
        after = pool.run(write_bytes(form), inputs)
        assert isinstance(after, Outputs), f"{pool.id.name} refuses it: {after.reason}"
        difference = first_difference(before, after)
        if difference is not None and claim is Claim.EQUAL_FOR_FINITE:
            shown = self.tflm.run(with_floats_as_outputs(write_bytes(original)), inputs)
            assert isinstance(shown, Outputs), f"not to be seen inside: {shown.reason}"
            self.declared += 1
            difference = first_difference(before, after, frozenset(not_finite(shown)))
        assert difference is None, f"{pool.id.name}: {difference}"

"""The coefficient files: complete, plausible, and open about what they were derived from."""

import numpy as np
import pytest

from arenafit.costs import Build, Core, core_of, estimate
from arenafit.costs.coefficients import prices
from arenafit.costs.estimation import workload
from arenafit.costs.work import KernelWork, moved_bytes
from arenafit.ir import DType
from arenafit.targets.target import CORTEX_M4, CORTEX_M4_REFERENCE, CORTEX_M55
from calibration.drafts import Draft


@pytest.mark.parametrize("core", Core)
@pytest.mark.parametrize("build", Build)
def test_every_core_and_build_has_prices(core: Core, build: Build) -> None:
    found = prices(core, build)
    assert {"Invoke", "WHILE", "IF", "CONV_2D f32", "SLICE"} <= set(found)
    assert all(value >= 0 for price in found.values() for value in price.terms.values())
    assert all(sum(price.terms.values()) > 0 for price in found.values())


@pytest.mark.parametrize("core", Core)
def test_builds_have_the_same_paths_and_terms(core: Core) -> None:
    release, assertions = prices(core, Build.RELEASE), prices(core, Build.ASSERTIONS)
    assert {path: set(price.terms) for path, price in release.items()} == {
        path: set(price.terms) for path, price in assertions.items()
    }


def test_release_builds_of_reference_kernels_are_far_cheaper() -> None:
    release, assertions = (prices(Core.M4_REFERENCE, build)["CONV_2D i8"].terms["mac"] for build in Build)
    assert release == pytest.approx(6.0, rel=0.02)
    assert assertions == pytest.approx(68.0, rel=0.02)


def test_derived_prices_say_so() -> None:
    m55 = prices(Core.M55_CMSIS_NN, Build.RELEASE)
    assert m55["CONV_2D f32"].measured  # what stands in the wrapper files of CMSIS-NN's kernels
    assert "derived" in m55["DYNAMIC_UPDATE_SLICE"].basis
    assert "M4_CMSIS_NN" in m55["MEAN i8"].basis
    m4 = prices(Core.M4_CMSIS_NN, Build.RELEASE)
    assert m4["CONV_2D i8 im2col"].measured
    assert m4["CONV_2D f32"].measured
    reference = prices(Core.M4_REFERENCE, Build.RELEASE)
    assert "M4_CMSIS_NN" in reference["MAX_POOL_2D f32"].basis
    assert reference["MEAN i8"].terms == m4["MEAN i8"].terms


def test_derived_operators_come_back() -> None:
    draft = Draft()
    op = draft.op("SUB", [draft.tensor(DType.INT32, (4,)) for _ in range(2)], [draft.tensor(DType.INT32, (4,))])
    cost = estimate(draft.model(), Core.M4_CMSIS_NN)
    assert [(found.id, why) for found, why in cost.derived] == [(op, "not measured: taken from ADD i32")]


def test_targets_have_cores() -> None:
    assert [core_of(target) for target in (CORTEX_M4_REFERENCE, CORTEX_M4, CORTEX_M55)] == list(Core)


def test_moved_bytes_counts_copies_once_and_activations_twice() -> None:
    draft = Draft()
    source, part = draft.tensor(DType.INT8, (64,)), draft.tensor(DType.INT8, (16,))
    draft.op("SLICE", [source, draft.ints(0), draft.ints(16)], [part])
    draft.op("LOGISTIC", [part], [draft.tensor(DType.INT8, (16,))])
    graph = draft.model().main
    assert [moved_bytes(op, graph) for op in graph.ops] == [16, 32]


def test_a_float_convolution_takes_no_more_on_an_m55_than_on_an_m4() -> None:
    """Derived from its assertion build it was a quarter too dear: release builds drop more than M4's tell."""
    m4, m55 = (
        prices(core, Build.RELEASE)["CONV_2D f32"].terms["mac"] for core in (Core.M4_CMSIS_NN, Core.M55_CMSIS_NN)
    )
    assert m55 <= m4 * 1.01


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_left_pixels_cost_more_beside_pairs(pixels: int) -> None:
    """CMSIS-NN's product of a last odd pixel loads its operands again where pairs came before it."""
    draft = Draft()
    weights = draft.constant(np.zeros((8, 1, 1, 24), np.int8))
    source, made = draft.tensor(DType.INT8, (1, 1, pixels, 24)), draft.tensor(DType.INT8, (1, 1, pixels, 8))
    draft.op("CONV_2D", [source, weights, None], [made], {"stride_h": 1, "stride_w": 1})
    ((_, _, work),) = workload(draft.model(), Core.M4_CMSIS_NN, None)
    assert isinstance(work, KernelWork)
    # Four pairs of channels; 24 is a block of 16 and, in a loop after it, two of 4.
    assert work.terms["left_after"] == (4 if pixels == 3 else 0)
    assert work.terms["left_begun"] == (4 if pixels % 2 else 0)

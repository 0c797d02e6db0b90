"""The coefficient files: complete, plausible, and open about what they were derived from."""

import pytest

from arenafit.costs import Build, Core, core_of, estimate
from arenafit.costs.coefficients import prices
from arenafit.costs.work import moved_bytes
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
    assert not any(price.measured for price in prices(Core.M55_CMSIS_NN, Build.RELEASE).values())
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

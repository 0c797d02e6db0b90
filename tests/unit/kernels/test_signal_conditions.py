"""What TFLM's signal kernels demand: every one takes the case it was made for, and refuses what its Prepare refuses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flatbuffers import flexbuffers

from arenafit.ir import DType, Model
from arenafit.runtime import Refusal, TflmPool
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from arenafit.validity import diagnose
from support.signal_cases import SIGNAL_CASES
from support.small_models import call_once

SIGNALS = sorted(name for name in SIGNAL_CASES if name.startswith("Signal"))
CASES = [(name, case) for name in SIGNALS for case in SIGNAL_CASES[name]]


def made(name: str, case: str | None = None) -> Model:
    cases = SIGNAL_CASES[name]
    return cases[case or next(iter(cases))]()


def changed(model: Model, position: int, *, output: bool = False, **fields: Any) -> Model:
    graph = model.main
    op = graph.ops[-1]
    key = op.outputs[position] if output else op.operands[position]
    tensors = tuple(replace(item, **fields) if item.id == key else item for item in graph.tensors)
    return replace(model, graphs=(replace(graph, tensors=tensors), *model.graphs[1:]))


def with_options(model: Model, **options: int) -> Model:
    graph = model.main
    op = replace(graph.ops[0], custom_options=bytes(flexbuffers.Dumps(options)))
    return replace(model, graphs=(replace(graph, ops=(op,)), *model.graphs[1:]))


@pytest.mark.parametrize(("name", "case"), CASES)
def test_what_it_was_made_for_is_taken(name: str, case: str) -> None:
    assert not diagnose(made(name, case), WHEEL)


@pytest.mark.parametrize("name", SIGNALS)
def test_another_type_is_refused_as_tflm_refuses_it(name: str) -> None:
    model = changed(made(name), 0, output=True, dtype=DType.INT8)
    assert [item.kind for item in diagnose(model, WHEEL) if item.stops][:1] == ["type"]
    with TflmPool(1) as tflm:
        assert isinstance(tflm.measure(write_bytes(model)), Refusal)


@pytest.mark.parametrize("name", sorted({*SIGNALS} - {"SignalDelay"}))
def test_another_rank_is_refused_as_tflm_refuses_it(name: str) -> None:
    model = made(name)
    result = model.main.by_id[model.main.ops[0].outputs[0]]
    model = changed(model, 0, output=True, shape=(1, *result.shape))
    assert "rank" in {item.kind for item in diagnose(model, WHEEL) if item.stops}
    with TflmPool(1) as tflm:
        assert isinstance(tflm.measure(write_bytes(model)), Refusal)


BEYOND: dict[str, Callable[[], Model]] = {
    "delay": lambda: changed(made("SignalDelay"), 0, output=True, shape=(1, 8)),
    "energy": lambda: with_options(made("SignalEnergy"), start_index=0, end_index=9),
    "auto scale": lambda: changed(made("SignalFftAutoScale"), 0, output=True, shape=(9,)),
    "filter bank, output": lambda: changed(made("SignalFilterBank"), 0, output=True, shape=(1,)),
    "filter bank, tables": lambda: with_options(made("SignalFilterBank"), num_channels=3),
    "log": lambda: changed(made("SignalFilterBankLog"), 0, output=True, shape=(3,)),
    "square root": lambda: changed(made("SignalFilterBankSquareRoot"), 0, output=True, shape=(3,)),
    "subtraction": lambda: with_options(made("SignalFilterBankSpectralSubtraction"), num_channels=5),
    "framer, steps": lambda: with_options(made("SignalFramer"), frame_size=6, frame_step=3),
    "framer, frames": lambda: with_options(made("SignalFramer"), frame_size=7, frame_step=2),
    "inverse": lambda: with_options(made("SignalIrfft", "float"), T=0, fft_length=32),
    "overlap": lambda: with_options(made("SignalOverlapAdd", "float"), T=0, frame_step=5),
    "gain": lambda: changed(made("SignalPCAN"), 0, output=True, shape=(5,)),
    "transform, short": lambda: with_options(made("SignalRfft", "float"), T=0, fft_length=8),
    "transform, long": lambda: with_options(made("SignalRfft", "float"), T=0, fft_length=32),
    "stacker": lambda: changed(made("SignalStacker"), 0, output=True, shape=(11,)),
    "window": lambda: changed(made("SignalWindow"), 1, shape=(7,)),
}


@pytest.mark.parametrize("what", BEYOND)
def test_sizes_beyond_the_tensors_are_refused(what: str) -> None:
    found = [item for item in diagnose(BEYOND[what](), WHEEL) if item.stops]
    assert [item.kind for item in found] == ["shape"]
    assert "beyond the memory" in found[0].clause


def test_a_type_that_no_transform_has_is_refused() -> None:
    found = diagnose(with_options(made("SignalRfft"), T=9, fft_length=16), WHEEL)
    assert [item.kind for item in found] == ["option"]


def test_a_variable_has_one_size_and_its_handle_one_element() -> None:
    model = call_once()
    assert not diagnose(model, WHEEL)
    for index, graph in enumerate(model.graphs):
        for op in graph.ops:
            if op.name not in ("ASSIGN_VARIABLE", "READ_VARIABLE"):
                continue
            handle = graph.by_id[op.operands[0]]
            value = graph.by_id[op.operands[1] if op.name == "ASSIGN_VARIABLE" else op.outputs[0]]
            for item, shape, kind in ((handle, (2,), "shape"), (value, (*value.shape[:-1], 9), "variable")):
                tensors = tuple(replace(one, shape=shape) if one is item else one for one in graph.tensors)
                wrong = replace(graph, tensors=tensors)
                damaged = replace(model, graphs=(*model.graphs[:index], wrong, *model.graphs[index + 1 :]))
                kinds = {found.kind for found in diagnose(damaged, WHEEL) if found.stops}
                assert kind in kinds, (op.name, item.name)

"""What looks wrong, runs in TFLM, and computes what the model means: said, and no reason to stop."""

import numpy as np

from arenafit.ir import DType, Editor, Graph, Model, Quant
from arenafit.runtime import GeneratedInputs, LiteRtRuntime, Outputs, TflmRuntime
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from arenafit.validity import Severity, diagnose
from support.one_op import const, f32, one_op, tensor

NOT_A_NUMBER = Quant((float("nan"),), (0,))


def warned(model: Model, words: str) -> None:
    found = diagnose(model, WHEEL)
    assert found
    assert {item.severity for item in found} == {Severity.WARN}
    assert words in found[0].clause


def test_kernels_of_floats_look_at_no_scale() -> None:
    model = one_op("ADD", [tensor(DType.FLOAT32, 4, quant=NOT_A_NUMBER), f32(4)], [f32(4)], "AddOptions")
    warned(model, "its scale is nan, which kernels of FLOAT32 do not look at")
    tflm, litert = (runtime.run(write_bytes(model), GeneratedInputs(4)) for runtime in (TflmRuntime(), LiteRtRuntime()))
    assert isinstance(tflm, Outputs)
    assert isinstance(litert, Outputs)
    for one, other in zip(tflm.batches, litert.batches, strict=True):
        assert one[0].tobytes() == other[0].tobytes()


def test_a_scale_that_a_kernel_reads_still_stops() -> None:
    broken = tensor(DType.INT8, 4, quant=NOT_A_NUMBER)
    assert diagnose(one_op("ADD", [broken, broken], [broken], "AddOptions"), WHEEL)[0].severity is Severity.REFUSE


def test_a_bias_longer_than_needed_is_read_in_part_and_a_shorter_one_stops() -> None:
    def dense(values: int) -> Model:
        filters, bias = const(np.ones((3, 4)), np.float32), const(np.arange(values), np.float32)
        return one_op("FULLY_CONNECTED", [f32(1, 4), filters, bias], [f32(1, 3)], "FullyConnectedOptions")

    warned(dense(4), "leaves the last ones out")
    assert diagnose(dense(2), WHEEL)[0].severity is Severity.REFUSE
    longer, fitting = (TflmRuntime().run(write_bytes(dense(values)), GeneratedInputs(3)) for values in (4, 3))
    assert isinstance(longer, Outputs)
    assert isinstance(fitting, Outputs)
    assert [batch[0].tobytes() for batch in longer.batches] == [batch[0].tobytes() for batch in fitting.batches]


def test_what_another_signature_miscomputes_stops_nobody_and_what_it_cannot_prepare_does() -> None:
    for graph, severity in ((1, Severity.WARN), (0, Severity.MISCOMPUTE)):
        false_shape = diagnose(two_graphs("HARD_SWISH", (2, 3), graph), WHEEL)
        assert [(item.severity, item.kind) for item in false_shape] == [(severity, "shape")]
    assert diagnose(two_graphs("HARD_SWISH", (4, 3), 1), WHEEL) == ()
    assert diagnose(two_graphs("ROUND", (4, 3), 1, DType.INT16), WHEEL)[0].severity is Severity.REFUSE


def two_graphs(name: str, shape: tuple[int, ...], where: int, dtype: DType = DType.FLOAT32) -> Model:
    """A model whose second graph nothing runs; in graph `where` the operator stores its output with this shape."""
    editor = Editor(Model((Graph((), (), (), (), "main"),)))
    editor.add_graph("other")
    for graph in (0, 1):
        chosen = (name, shape, dtype) if graph == where else ("HARD_SWISH", (4, 3), DType.FLOAT32)
        source = editor.add_tensor("source", chosen[2], (4, 3), graph=graph)
        result = editor.add_tensor("result", chosen[2], chosen[1], graph=graph)
        editor.append_op(editor.make_op(chosen[0], (source,), (result,)), graph)
        editor.set_inputs((source,), graph)
        editor.set_outputs((result,), graph)
    return editor.build()

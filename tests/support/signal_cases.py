"""Minimal models of TFLM's custom operators and of operators that need more than one graph, as in `kernel_cases`."""

import numpy as np
from flatbuffers import flexbuffers

from arenafit.ir import DType, Editor, Graph, Model, Quant
from arenafit.tflite import make_options
from support.one_op import Cases, Make, Operand, boolean, const, custom_op, f32, i8, i16, i32, tensor
from support.small_models import call_once, while_loop

_U32, _I64 = DType.UINT32, DType.INT64


def _custom(name: str, inputs: list[Operand], outputs: list[Operand], **options: float) -> Make:
    return lambda: custom_op(name, inputs, outputs, bytes(flexbuffers.Dumps(options)) if options else b"")


def _decode(kind: int, table: bytes, indices: bytes, *, per_channel: bool = False) -> Make:
    header = bytes([kind, 1, 0, 0, 1, 4 if kind == 0 else 0, 16]) + bytes(9)
    ancillary = const(np.frombuffer(header + table, np.uint8), np.uint8)
    packed = const(np.frombuffer(indices, np.uint8), np.uint8)
    count = 4 if per_channel else 1
    # A zero point other than 0 makes the pruning decoder keep them all.
    decoded = i8(4, 4, quant=Quant((0.5,) * count, (1,) * count, 0))
    return lambda: custom_op("TFLM_DECODE", [packed, ancillary], [decoded])


def _detection() -> Model:
    options = {
        "max_detections": 3,
        "max_classes_per_detection": 1,
        "nms_score_threshold": 0.0,
        "nms_iou_threshold": 0.5,
        "num_classes": 2,
        "y_scale": 10.0,
        "x_scale": 10.0,
        "h_scale": 5.0,
        "w_scale": 5.0,
    }
    anchors = const(np.ones((6, 4)), np.float32)
    inputs, outputs = [f32(1, 6, 4), f32(1, 6, 3), anchors], [f32(1, 3, 4), f32(1, 3), f32(1, 3), f32(1)]
    return custom_op("TFLite_Detection_PostProcess", inputs, outputs, bytes(flexbuffers.Dumps(options)))


def if_model() -> Model:
    """Return an IF with two graphs of one ADD each."""
    editor = Editor(Model((Graph((), (), (), (), "main"),)))
    branches = []
    for name in ("then", "else"):
        graph = editor.add_graph(name)
        source, result = (editor.add_tensor(f"{name}_{role}", DType.FLOAT32, (4,), graph=graph) for role in "ab")
        editor.append_op(editor.make_op("ADD", (source, source), (result,), make_options("AddOptions")), graph)
        editor.set_inputs((source,), graph)
        editor.set_outputs((result,), graph)
        branches.append(graph)
    condition = editor.add_tensor("condition", DType.BOOL, (1,))
    source, result = (editor.add_tensor(name, DType.FLOAT32, (4,)) for name in ("source", "result"))
    options = make_options("IfOptions", then_subgraph_index=branches[0], else_subgraph_index=branches[1])
    editor.append_op(editor.make_op("IF", (condition, source), (result,), options))
    editor.set_inputs((condition, source))
    editor.set_outputs((result,))
    return editor.build()


_FRAME = i16(1, 1, 8)

SIGNAL_CASES: Cases = {
    "ASSIGN_VARIABLE": {"call_once": call_once},
    "CALL_ONCE": {"call_once": call_once},
    "READ_VARIABLE": {"call_once": call_once},
    "VAR_HANDLE": {"call_once": call_once},
    "IF": {"float": if_model},
    "WHILE": {"loop": while_loop},
    "CIRCULAR_BUFFER": {
        "int8": _custom("CIRCULAR_BUFFER", [i8(1, 1, 1, 4)], [i8(1, 1, 1, 4)], cycles_max=1),
    },
    "SignalDelay": {"int16": _custom("SignalDelay", [i16(2, 8)], [i16(2, 8)], delay_length=3)},
    "SignalEnergy": {
        "int16": _custom("SignalEnergy", [i16(16)], [tensor(_U32, 8)], start_index=0, end_index=8),
    },
    "SignalFftAutoScale": {"int16": _custom("SignalFftAutoScale", [i16(8)], [i16(8), i32()])},
    "SignalFilterBank": {
        "uint32": _custom(
            "SignalFilterBank",
            [
                tensor(_U32, 8),
                const(np.ones(12), np.int16),
                const(np.ones(12), np.int16),
                const(np.zeros(3), np.int16),
                const(np.zeros(3), np.int16),
                const(np.full(3, 4), np.int16),
            ],
            [tensor(DType.UINT64, 2)],
            num_channels=2,
        )
    },
    "SignalFilterBankLog": {
        "uint32": _custom(
            "SignalFilterBankLog", [tensor(_U32, 4)], [i16(4)], input_correction_bits=3, output_scale=1600
        )
    },
    "SignalFilterBankSpectralSubtraction": {
        "uint32": _custom(
            "SignalFilterBankSpectralSubtraction",
            [tensor(_U32, 4)],
            [tensor(_U32, 4), tensor(_U32, 4)],
            num_channels=4,
            smoothing=1,
            one_minus_smoothing=1,
            alternate_smoothing=1,
            alternate_one_minus_smoothing=1,
            smoothing_bits=10,
            spectral_subtraction_bits=14,
            min_signal_remaining=1,
            clamping=False,
        )
    },
    "SignalFilterBankSquareRoot": {
        "uint64": _custom("SignalFilterBankSquareRoot", [tensor(DType.UINT64, 4), i32()], [tensor(_U32, 4)])
    },
    "SignalFramer": {
        "int16": _custom(
            "SignalFramer", [i16(2, 4)], [i16(2, 2, 6), boolean()], frame_size=6, frame_step=2, prefill=True
        )
    },
    "SignalIrfft": {
        "int16": _custom("SignalIrfft", [i16(18)], [i16(16)], T=7, fft_length=16),
        "int32": _custom("SignalIrfft", [i32(18)], [i32(16)], T=2, fft_length=16),
        "float": _custom("SignalIrfft", [f32(18)], [f32(16)], T=0, fft_length=16),
    },
    "SignalOverlapAdd": {
        "int16": _custom("SignalOverlapAdd", [i16(2, 1, 8)], [i16(2, 4)], T=7, frame_step=4),
        "float": _custom("SignalOverlapAdd", [f32(2, 1, 8)], [f32(2, 4)], T=0, frame_step=4),
    },
    "SignalPCAN": {
        "uint32": _custom(
            "SignalPCAN",
            [tensor(_U32, 4), tensor(_U32, 4), const(np.ones(125), np.int16)],
            [tensor(_U32, 4)],
            snr_shift=6,
        )
    },
    "SignalRfft": {
        "int16": _custom("SignalRfft", [i16(16)], [i16(18)], T=7, fft_length=16),
        "int32": _custom("SignalRfft", [i32(16)], [i32(18)], T=2, fft_length=16),
        "float": _custom("SignalRfft", [f32(16)], [f32(18)], T=0, fft_length=16),
        "padded": _custom("SignalRfft", [i16(12)], [i16(18)], T=7, fft_length=16),
    },
    "SignalStacker": {
        "int16": _custom(
            "SignalStacker",
            [i16(4)],
            [i16(12), boolean()],
            num_channels=4,
            stacker_left_context=1,
            stacker_right_context=1,
            stacker_step=2,
        )
    },
    "SignalWindow": {
        "int16": _custom("SignalWindow", [i16(8), const(np.ones(8), np.int16)], [i16(8)], shift=12),
    },
    "TFLM_DECODE": {
        "table": _decode(0, bytes(16), bytes(8)),
        "prune": _decode(2, bytes(16), bytes(2)),
        "prune_per_channel": _decode(2, bytes(16), bytes(2), per_channel=True),
    },
    "TFLite_Detection_PostProcess": {"float": _detection},
}

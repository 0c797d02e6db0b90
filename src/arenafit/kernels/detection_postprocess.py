"""TFLite_Detection_PostProcess: OpData kept, eleven scratch buffers for decoding boxes and suppressing overlaps.

Mirrors tensorflow/lite/micro/kernels/detection_postprocess.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._flexbuffers import whole_number
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import BOOL, FLOAT, INT, TFLITE_QUANTIZATION_PARAMS, array, struct

_OP_DATA = struct(
    array(INT, 4), BOOL, FLOAT, FLOAT, array(FLOAT, 4), array(INT, 11), array(TFLITE_QUANTIZATION_PARAMS, 3)
)


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1, 2, outputs=())
    boxes = requests.shape(requests.needed_input(0))[1]
    _, rows, columns = requests.shape(requests.needed_input(1))[:3]
    classes, detections = whole_number(requests, "num_classes"), whole_number(requests, "max_detections")
    requests.scratch(boxes, "active candidates")
    requests.scratch(4 * 4 * boxes, "decoded boxes")
    requests.scratch(4 * rows * columns, "scores")
    requests.scratch(4 * boxes, "scores of a class")
    requests.scratch(4 * boxes, "scores kept")
    requests.scratch(4 * detections * boxes, "scores after suppression")
    requests.scratch(4 * detections * boxes, "sorted values")
    requests.scratch(4 * boxes, "indices kept")
    requests.scratch(4 * detections * boxes, "sorted indices")
    requests.scratch(4 * max(classes, detections) * boxes, "buffer")
    requests.scratch(4 * min(boxes, detections) * boxes, "selected")


KERNEL = Kernel(
    "TFLite_Detection_PostProcess",
    KernelMemory(init=_OP_DATA, prepare=_prepare, source="detection_postprocess.cc"),
    custom=True,
)

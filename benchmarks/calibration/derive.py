"""What was not measured, derived from what was; every table says so in its basis.

Measured are assertion builds of all cores, and release builds (-DNDEBUG) of both Cortex-M4 cores, of M55 in part. What
is missing:

* M4_REFERENCE release, float pooling: its records kept their assertions (they equal the assertion build's); the loop
  is measured on M4_CMSIS_NN, where TFLM compiles the same one into the wrapper file of CMSIS-NN's kernel.
* M55_CMSIS_NN release: its assertion build, less what the release build saves on M4_CMSIS_NN for the same record. What
  stands in the wrapper files of CMSIS-NN's kernels was measured.
* Kernels that no library replaces and that were measured on M4_CMSIS_NN only: the same on every core.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from arenafit.costs.core import Build, Core
from calibration.records import Record

Key = tuple[Core, Build]
Note = Callable[[str], str | None]

# Reference loops whose records of M4_REFERENCE, release, were measured with assertions.
_WITH_ASSERTIONS = {"MAX_POOL_2D f32", "AVERAGE_POOL_2D f32"}
_FROM_M4_CMSIS_NN = "derived: release build of the same loop on M4_CMSIS_NN"
_FROM_M4 = "derived: assertion build less what a release build saves on M4_CMSIS_NN"

# Paths without records of their own, and whose figures stand for them.
ALIASES = {
    "CONV_2D i8 im2col grouped": "CONV_2D i8 im2col",
    "SHAPE": "RESHAPE in place",
    "CALL_ONCE": "RESHAPE in place",
    "SQUEEZE in place": "RESHAPE in place",
    "SUM i16": "MEAN i16",
    "LOGICAL": "LESS i32",
    "SUB i32": "ADD i32",
    "MUL i32": "ADD i32",
    "MUL i32 broadcast": "ADD i32 broadcast",
    "SUB i32 broadcast": "ADD i32 broadcast",
    "SUB f32 broadcast": "ADD f32 broadcast",
}

# Paths of reference kernels that were measured too little on the CMSIS-NN cores.
LIKE_REFERENCE = ("TRANSPOSE reference",)


# Paths of kernels that no library replaces, measured on M4_CMSIS_NN (benchmarks/emulated) and taken for every core.
LIKE_M4_CMSIS_NN = (
    *(f"MEAN {tag}" for tag in ("i8", "i16", "f32")),
    *(f"{name} {tag}" for name in ("SUM", "REDUCE_MAX") for tag in ("i8", "f32")),
    *(f"QUANTIZE {pair}" for pair in ("i8->i16", "i8->i32", "i16->i8", "i16", "i16->i32", "i32->i8", "i32->i16")),
    *(f"QUANTIZE {pair}{kind}" for pair in ("i8->u8", "u8->i8") for kind in ("", " same scale")),
    *("QUANTIZE f32->i16", "DEQUANTIZE i16->f32"),
    *("MAXIMUM i16", "MAXIMUM i16 broadcast", "MAXIMUM i32 broadcast", "MAXIMUM f32 broadcast"),
    *("ADD i16 broadcast", "SUB i16", "SUB i16 broadcast", "MUL i16 broadcast"),
    *(f"SQUARED_DIFFERENCE {tag}{kind}" for tag in ("i8", "f32") for kind in ("", " broadcast")),
    *("LEAKY_RELU i16", "RSQRT i8", "ELU i8", "ABS i8", "ABS i16", "DIV f32", "DIV f32 broadcast"),
    *(f"{name} f32" for name in ("SQRT", "RSQRT", "ABS", "NEG", "EXP", "SQUARE", "SIN", "COS", "LOG", "ELU")),
    *(f"{name} f32" for name in ("FLOOR", "CEIL", "ROUND")),
    *(f"{name} i16" for name in ("PAD", "RELU", "RELU6", "LOGISTIC", "TANH")),
    *(f"PRELU {tag}" for tag in ("i8", "i16", "f32")),
    *(f"{name} {tag}" for name in ("L2_NORMALIZATION", "LOG_SOFTMAX") for tag in ("i8", "f32")),
    *(f"SELECT_V2 {kind}" for kind in ("i8", "i16", "f32", "broadcast", "nested")),
    *("MIRROR_PAD", "BROADCAST_TO", "CAST", "CAST f32"),
    *("TRANSPOSE_CONV i16", "TRANSPOSE_CONV f32"),
    *(f"RESIZE_NEAREST_NEIGHBOR {tag}" for tag in ("i8", "i16", "f32")),
    *(f"{name} {tag}" for name in ("RESIZE_BILINEAR", "DEPTH_TO_SPACE", "SPACE_TO_DEPTH") for tag in ("i8", "f32")),
)


# Paths of reference kernels, measured on M4_CMSIS_NN in the wrapper file of its kernel, that M55_CMSIS_NN compiles too.
LIKE_DSP = ("BATCH_MATMUL f32",)


def complete(measured: Mapping[Key, Sequence[Record]]) -> dict[Key, tuple[Sequence[Record], Note]]:
    """Return records for every core and build, and which paths of each are derived."""
    found: dict[Key, tuple[Sequence[Record], Note]] = {
        (core, build): (measured[core, build], _measured)
        for core in (Core.M4_REFERENCE, Core.M4_CMSIS_NN)
        for build in Build
    }
    released = _loops_released(measured)
    found[Core.M4_REFERENCE, Build.RELEASE] = (released, _reference_note)
    m55 = measured[Core.M55_CMSIS_NN, Build.ASSERTIONS]
    found[Core.M55_CMSIS_NN, Build.ASSERTIONS] = (m55, _measured)
    saved = _savings(measured[Core.M4_CMSIS_NN, Build.ASSERTIONS], measured[Core.M4_CMSIS_NN, Build.RELEASE])
    known = measured.get((Core.M55_CMSIS_NN, Build.RELEASE), ())
    kinds = {f"{record.op} {record.dtype}" for record in known}
    # A kind is measured as a whole or not at all: two builds would not fit one set of terms.
    others = [record for record in m55 if f"{record.op} {record.dtype}" not in kinds]
    derived = [replace(record, instructions=record.instructions - saved[record.key]) for record in others]
    found[Core.M55_CMSIS_NN, Build.RELEASE] = ([*known, *derived], _note_of(kinds))
    return found


def _note_of(measured: Collection[str]) -> Note:
    """Return what a path of M55_CMSIS_NN, release, is derived from; None for a path of a kind that was measured."""

    def note(path: str) -> str | None:
        return None if " ".join(path.split()[:2]) in measured else _FROM_M4

    return note


def _measured(_: str) -> None:
    return None


def _reference_note(path: str) -> str | None:
    return _FROM_M4_CMSIS_NN if path in _WITH_ASSERTIONS else None


def _loops_released(measured: Mapping[Key, Sequence[Record]]) -> list[Record]:
    released = {record.key: record.instructions for record in measured[Core.M4_CMSIS_NN, Build.RELEASE]}
    return [
        replace(record, instructions=released[record.key])
        if f"{record.op} {record.dtype}" in _WITH_ASSERTIONS
        else record
        for record in measured[Core.M4_REFERENCE, Build.RELEASE]
    ]


def _savings(before: Sequence[Record], after: Sequence[Record]) -> dict[str, float]:
    released = {record.key: record.instructions for record in after}
    return {record.key: record.instructions - released[record.key] for record in before if record.key in released}

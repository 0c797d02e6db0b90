"""What was not measured, derived from what was; every table says so in its basis.

Measured are assertion builds of all cores, and release builds (-DNDEBUG) of both Cortex-M4 cores in which the
CMSIS-NN wrapper files of TFLM were not recompiled. So two gaps are filled here, record by record, before fitting:

* M4_CMSIS_NN release, float and broadcasting kernels: they are TFLM's reference loops inside those wrapper files;
  a release build of them is taken from M4_REFERENCE.
* M55_CMSIS_NN release: its assertion build, less what the release build saves on M4_CMSIS_NN for the same record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from arenafit.costs.calibration.records import Record
from arenafit.costs.core import Build, Core

Key = tuple[Core, Build]
Note = Callable[[str], str | None]

# Reference loops that stand in the wrapper files of CMSIS-NN kernels (tensorflow/lite/micro/kernels/cmsis_nn).
_IN_WRAPPERS = {
    "CONV_2D f32",
    "DEPTHWISE_CONV_2D f32",
    "FULLY_CONNECTED f32",
    "MAX_POOL_2D f32",
    "AVERAGE_POOL_2D f32",
    "PAD f32",
    "ADD i8 broadcast",
    "ADD i32 broadcast",
    "ADD f32 broadcast",
    "MUL i8 broadcast",
}
_WRAPPED_OPS = {path.split()[0] for path in _IN_WRAPPERS}
_FROM_REFERENCE = "derived: release build of the same loop on M4_REFERENCE"
_FROM_M4 = "derived: assertion build less what a release build saves on M4_CMSIS_NN"

# Paths without records of their own, and whose figures stand for them.
ALIASES = {
    "CONV_2D i8 im2col grouped": "CONV_2D i8 im2col",
    "QUANTIZE i8<->u8": "QUANTIZE i8",
    "QUANTIZE i8<->u8 same scale": "FILL i8",  # flips the sign bit of each byte
    "SHAPE": "RESHAPE in place",
    "MEAN f32 any axes": "MEAN i8",
    "CALL_ONCE": "RESHAPE in place",
    "SQUEEZE in place": "RESHAPE in place",
    "CAST": "FILL 32-bit",
    "SUM f32": "MEAN i8",
    "SUM i8": "MEAN i8",
    "SUM i16": "MEAN i8",
    "DIV f32": "MUL f32",
    "DIV f32 broadcast": "MUL f32 broadcast",
    "LOGICAL": "LESS i32",
    "SUB i32": "ADD i32",
    "MAXIMUM i32 broadcast": "ADD i32 broadcast",
    "MAXIMUM f32 broadcast": "ADD f32 broadcast",
    "MUL i32": "ADD i32",
    "MUL i32 broadcast": "ADD i32 broadcast",
    "SUB i32 broadcast": "ADD i32 broadcast",
    "SUB f32 broadcast": "ADD f32 broadcast",
}

# Paths of reference kernels that were measured too little on the CMSIS-NN cores.
LIKE_REFERENCE = ("TRANSPOSE reference",)


def complete(measured: Mapping[Key, Sequence[Record]]) -> dict[Key, tuple[Sequence[Record], Note]]:
    """Return records for every core and build, and which paths of each are derived."""
    found: dict[Key, tuple[Sequence[Record], Note]] = {
        (Core.M4_REFERENCE, build): (measured[Core.M4_REFERENCE, build], _measured) for build in Build
    }
    release = _wrappers_released(measured)
    found[Core.M4_CMSIS_NN, Build.ASSERTIONS] = (measured[Core.M4_CMSIS_NN, Build.ASSERTIONS], _measured)
    found[Core.M4_CMSIS_NN, Build.RELEASE] = (release, _wrapper_note)
    m55 = measured[Core.M55_CMSIS_NN, Build.ASSERTIONS]
    found[Core.M55_CMSIS_NN, Build.ASSERTIONS] = (m55, _measured)
    saved = _savings(measured[Core.M4_CMSIS_NN, Build.ASSERTIONS], release)
    derived = [replace(record, instructions=record.instructions - saved[record.key]) for record in m55]
    found[Core.M55_CMSIS_NN, Build.RELEASE] = (derived, lambda _: _FROM_M4)
    return found


def _measured(_: str) -> None:
    return None


def _wrapper_note(path: str) -> str | None:
    return _FROM_REFERENCE if path in _IN_WRAPPERS else None


def _is_wrapped(record: Record) -> bool:
    if record.op not in _WRAPPED_OPS:
        return False
    return f"{record.op} {record.dtype}{' broadcast' if record.attrs.get('broadcast') else ''}" in _IN_WRAPPERS


def _wrappers_released(measured: Mapping[Key, Sequence[Record]]) -> list[Record]:
    reference = {record.key: record.instructions for record in measured[Core.M4_REFERENCE, Build.RELEASE]}
    return [
        replace(record, instructions=reference[record.key]) if _is_wrapped(record) else record
        for record in measured[Core.M4_CMSIS_NN, Build.RELEASE]
    ]


def _savings(before: Sequence[Record], after: Sequence[Record]) -> dict[str, float]:
    released = {record.key: record.instructions for record in after}
    return {record.key: record.instructions - released[record.key] for record in before}

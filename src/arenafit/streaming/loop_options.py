"""The ways in which one schedule can be written as a loop; they differ in memory and instructions, never in results."""

from dataclasses import dataclass
from enum import StrEnum


class Stores(StrEnum):
    """What writes rows at a place that a trip says: DYNAMIC_UPDATE_SLICE, or something else in older TFLM.

    `SPACE` is BATCH_TO_SPACE_ND, in loops of views; `GATHER` is CONCATENATION and GATHER, in valid TFLite.
    """

    UPDATE = "update"
    SPACE = "space"
    GATHER = "gather"


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How a loop is written.

    Attributes:
        held_bytes: line buffers that need padding columns are carried whole, columns included, and rows that several
            operators read are fetched once, if what this costs is no more than this: less tail, a larger head.
        guard_rows: let a row of padding stand behind a source, where that can be; rows outside the image are then taken
            from there instead of being masked.
        in_blocks: fetch the rows of padded windows in blocks put in padding (see `BlockFetch`), whatever their type;
            others as a block where each trip's are one.
        patch_rows: in a loop of views, write rows of padding over a held line buffer in the trips that need them,
            instead of masking new rows in every trip: fewer instructions, less tail, one row more of memory.
        flat_rows: in a loop of views, copy rows into held line buffers and outputs as runs, not pixel by pixel.
        gated_share: in a loop of views, run convolutions only in trips that need them, if that saves at least this
            share of the loop's multiplications: fewer instructions, some 90 bytes of tail for each; None: none.
        stores: what writes rows (see `SpaceState`, `GatheredState`).
    """

    held_bytes: int = 1 << 30
    guard_rows: bool = True
    in_blocks: bool = False
    patch_rows: bool = False
    flat_rows: bool = False
    gated_share: float | None = None
    stores: Stores = Stores.UPDATE

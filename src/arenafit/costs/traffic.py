"""What one run of a kernel reads and writes of activations and scratch buffers: the form in which operators say it.

A prediction from the shapes, as the loops of the kernels move bytes: a register holds what one element is made of,
nothing is said of caches. Constants, weights above all, are not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.costs.site import OpContext
from arenafit.costs.window import TapWindow


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes of one run.

    Attributes:
        reads: of each operand, in order; 0 for constants and what is left out.
        writes: of each output.
        scratch: (read, written) of each scratch buffer, in order of request.
        tables: read of the operator's own data in the persistent part, such as multipliers of each channel.
    """

    reads: tuple[int, ...]
    writes: tuple[int, ...]
    scratch: tuple[tuple[int, int], ...] = ()
    tables: int = 0


def once(site: OpContext, scratches: Sequence[int]) -> Traffic:
    """Return the traffic of a kernel that reads its operands once, writes its outputs once, and each scratch buffer."""
    return scaled(site, scratches, {})


def scaled(site: OpContext, scratches: Sequence[int], reads: dict[int, int], tables: int = 0) -> Traffic:
    """Return the traffic of a kernel that reads some operands as often as said: bytes by position."""
    return Traffic(
        tuple(
            0 if tensor is None or tensor.is_constant else reads.get(index, tensor.size_bytes)
            for index, tensor in enumerate(site.inputs)
        ),
        tuple(tensor.size_bytes for tensor in site.outputs),
        tuple((size_bytes, size_bytes) for size_bytes in scratches),
        tables,
    )


def windows(site: OpContext, shape: TapWindow, reads: int, depth: int) -> tuple[int, int, int]:
    """Return what a convolution reads of its image, and (read, written) of its im2col buffer.

    Args:
        site: the operator; its first operand is the image.
        shape: its window.
        reads: how many outputs a byte of a patch is read for one after the other: once each in plain loops.
        depth: channels of one patch.
    """
    element = element_bytes(site)
    patches = shape.pixels * shape.taps * depth * element
    return shape.inside * depth * element, patches * reads, patches


def element_bytes(site: OpContext) -> int:
    """Return the size of an element of the first operand; 4-bit ones count as a byte."""
    return max(1, site.operand(0).dtype.bits // 8)


def channel_tables(outputs: int) -> int:
    """Return what the requantisation of `outputs` elements reads: a multiplier and a shift of 32 bits each."""
    return 8 * outputs

"""What a layout may do, and how hard a plan is looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from arenafit.layout.placement import OfflineLayout
    from arenafit.targets.libraries import KernelLibrary


@dataclass(frozen=True, slots=True)
class LayoutRules:
    """What may share memory with what.

    Attributes:
        keep_inputs: leave the graph inputs intact: no result takes their place while they could still be read.
        kernel_library: rely on what only its kernels permit, too; None: on what is safe in all kernel libraries.
        share: let results take the place of operands where the kernels permit it.
    """

    keep_inputs: bool = False
    kernel_library: KernelLibrary | None = None
    share: bool = True


@dataclass(frozen=True, slots=True)
class LayoutEffort:
    """How many plans are looked at.

    Attributes:
        rounds: how many improvements of placement to try on the best.
        tries: how many choices of what shares memory to look at.
        more: how many other improvements to try on a plan, asked until it says none.
    """

    rounds: int = 60
    tries: int = 40
    more: Callable[[OfflineLayout], int] | None = None

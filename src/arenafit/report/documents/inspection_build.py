"""Turns a footprint into an `Inspection`."""

import hashlib
from dataclasses import dataclass, replace

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model
from arenafit.report.documents.answers.inspection import Inspected, inspection_answer
from arenafit.report.documents.inspection import (
    BindingRow,
    BoardRow,
    ElsewhereRow,
    Inspection,
    RegionRow,
    TargetRow,
    finding_rows,
)
from arenafit.report.documents.inspection_head import explain_head, op_row
from arenafit.report.documents.inspection_tail import explain_tail
from arenafit.targets.boards import Board, fits
from arenafit.targets.choice import TARGETS
from arenafit.targets.releases import Release
from arenafit.targets.target import Target
from arenafit.tflm import ArenaStep, Binding, Footprint, footprint
from arenafit.tflm.ascii_plan import ascii_plan
from arenafit.units import format_size
from arenafit.validity import demand, diagnose
from arenafit.validity.provenance import provenance


@dataclass(frozen=True, slots=True)
class Asked:
    """What an inspection is to be like.

    Attributes:
        estimate: leave out what operators without known kernels ask for, and say so in `Inspection.estimated`.
        release: a TFLM to predict for instead of the targets' own; None: theirs.
        is_named: a user named `release`; else it is the one that the board usually has.
    """

    estimate: bool = False
    release: Release | None = None
    is_named: bool = True

    @property
    def named(self) -> Release | None:
        """The TFLM that a user named."""
        return self.release if self.is_named else None

    def dated(self, target: Target) -> Target:
        """Return the target with the TFLM that is asked for."""
        return target if self.release is None else self.release.dated(target)


def inspect(
    model: Model, content: bytes, name: str, target: Target, board: Board | None = None, *, asked: Asked | None = None
) -> Inspection:
    """Return what `model` takes on `target`, explained, and how that stands to `board`.

    Args:
        model: what to inspect.
        content: the file it was read from.
        name: how to call it.
        target: what to predict for.
        board: a board, if the model shall fit one; `target` is then what is built for it.
        asked: the rest.

    Raises:
        RefusedModelError: if TFLM does not run the model, or computes something else; not with `estimate`.
        UnsupportedModelError: if the model cannot be predicted.
    """
    wishes = asked or Asked()
    target, estimate = wishes.dated(target), wishes.estimate
    findings = diagnose(model, target) if estimate else demand(model, target)
    found = footprint(model, target, estimate=estimate)
    stopping = next((finding for finding in findings if finding.stops), None)
    answered = Inspected(found.min_arena_bytes, len(content), not found.estimated, stopping, wishes.named)
    made = provenance(model)
    return Inspection(
        model=name,
        model_sha256=hashlib.sha256(content).hexdigest(),
        model_bytes=len(content),
        operators=len(model.ops),
        tensors=len(model.tensors),
        graphs=len(model.graphs),
        target=TargetRow(target.name, target.abi.value, target.kernels.name, target.tflm),
        figures="predicted",
        estimated=found.estimated + _unmodelled(board),
        min_arena_bytes=found.min_arena_bytes,
        binding=_binding(model, found.binding),
        used_bytes=found.used_bytes,
        recorded_bytes=found.recording.total_bytes,
        transient_bytes=found.transient_bytes,
        head=explain_head(model, found),
        tail=explain_tail(model, found),
        board=_board(board, found, len(content)),
        elsewhere=tuple(
            _elsewhere(model, other) for other in map(wishes.dated, TARGETS) if not _is_same(other, target)
        ),
        ascii_plan=ascii_plan(found),
        findings=finding_rows(findings),
        made_by=None if made is None else made.sentence,
        answer=inspection_answer(model, name, answered, target, board),
    )


def _unmodelled(board: Board | None) -> tuple[str, ...]:
    if board is None or board.usual_kernels is None:
        return ()
    usual = f"builds for {board.title} usually use other kernels ({board.usual_kernels})"
    return (f"{usual}, which are not modelled; these are the figures of the {board.kernels.name} kernels",)


def _binding(model: Model, binding: Binding) -> BindingRow:
    op = op_row(model, binding.op)
    if binding.step is ArenaStep.PLAN:
        why = "head and tail together; allocating needs no more than running"
    elif binding.step is ArenaStep.PLANNER:
        why = "the planner's working memory: allocating needs more than running, so arena_used_bytes() is too small"
    else:
        where = f" ({op.label})" if op else ""
        why = f"{binding.step.value}{where}: allocating needs more than running, so arena_used_bytes() is too small"
    return BindingRow(binding.step.value, op, why)


def _board(board: Board | None, found: Footprint, model_bytes: int) -> BoardRow | None:
    if board is None:
        return None
    fit = fits(board, found.min_arena_bytes, model_bytes)
    regions = tuple(
        RegionRow(
            name=row.region.name,
            speed=row.region.speed.value,
            size_bytes=row.region.size_bytes,
            reserve_bytes=row.region.reserve_bytes,
            spare_bytes=row.spare_bytes,
            fits=row.fits,
        )
        for row in fit.regions
    )
    best = fit.best
    return BoardRow(
        name=board.name,
        title=board.title,
        fits=fit.fits,
        region=best.region.name,
        spare_bytes=best.spare_bytes,
        flash_spare_bytes=fit.flash_spare_bytes,
        regions=regions,
        note=board.note,
    )


def _is_same(left: Target, right: Target) -> bool:
    return _nameless(left) == _nameless(right)


def _nameless(target: Target) -> Target:
    return replace(target, name="", flash_bytes=None)


def _elsewhere(model: Model, target: Target) -> ElsewhereRow:
    try:
        found = footprint(model, target)
    except UnsupportedModelError as error:
        return ElsewhereRow(target.name, None, None, None, str(error))
    return ElsewhereRow(target.name, found.head_bytes, found.tail_bytes, found.min_arena_bytes, "")


def board_verdict(row: BoardRow) -> str:
    """Return in a sentence whether a model fits a board, and by how much."""
    arena = (
        f"arena in {row.region}, {format_size(row.spare_bytes)} bytes to spare"
        if row.spare_bytes >= 0
        else f"arena {format_size(-row.spare_bytes)} bytes too large for {row.region}"
    )
    flash = (
        f"flash {format_size(row.flash_spare_bytes)} to spare"
        if row.flash_spare_bytes >= 0
        else f"model {format_size(-row.flash_spare_bytes)} bytes too large for the flash"
    )
    return f"{'fits' if row.fits else 'does not fit'} {row.title}: {arena}, {flash}"

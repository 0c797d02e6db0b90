"""What structural changes would take, exactly and before any training: arena, flash, MACs, instructions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from arenafit.costs import Core, core_of, estimate
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, OpId, TensorId
from arenafit.rewrites import fold_constants
from arenafit.structure.kinds import apply_changes, proposals
from arenafit.structure.macs import macs
from arenafit.structure.protocol import Change, Needs
from arenafit.targets.target import Abi, Target
from arenafit.tflite import write_bytes
from arenafit.tflm.footprints import Footprint, footprint
from arenafit.units import align_up

# A scale is a float and its zero point an int64; entries of tensors and operators with their vectors, as written.
_SCALE_ENTRY_BYTES, _TENSOR_ENTRY_BYTES, _OP_ENTRY_BYTES = 12, 120, 64


@dataclass(frozen=True, slots=True)
class Price:
    """What a model takes. `arena_bytes` is the smallest arena that works in stock TFLM.

    `flash_bytes` is the file's size to within some hundred bytes, `instructions` an estimate for one Invoke,
    `fitted_bytes` is the arena after `fit`, None if that was not asked for; `instructions_complete` whether every
    operator has a price.
    """

    arena_bytes: int
    fitted_bytes: int | None
    flash_bytes: int
    macs: int
    instructions: int
    instructions_complete: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One set of changes, priced. `model` is untrained: weights that no longer fitted were cut or repeated."""

    changes: tuple[Change, ...]
    price: Price
    at_peak: bool  # a tensor that is there at the peak gets smaller or goes
    model: Model

    @property
    def needs(self) -> Needs:
        """What the model needs before it is of use: the most that any of its changes needs."""
        found = {change.needs for change in self.changes}
        return next(need for need in (Needs.OTHER_INPUT, Needs.TRAINING, Needs.WEIGHTS_KEPT) if need in found)

    @property
    def settings(self) -> tuple[str, ...]:
        """The changes as ``--set`` takes them."""
        return tuple(change.text for change in self.changes)


@dataclass(frozen=True, slots=True)
class Refused:
    """A change that cannot be made in this model, and why."""

    change: Change
    reason: str


@dataclass(frozen=True, slots=True)
class PricedChanges:
    """All rows, the smallest arena first, beside the model as it is."""

    model: Model
    price: Price
    peak: Footprint
    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]


class Pricer:
    """Prices models on a target; with `fit_effort` what `fit` makes of each, too."""

    def __init__(self, target: Target, fit_effort: str | int | None = None, seed: int = 0) -> None:
        self._target = target
        self._fit_effort, self._seed = fit_effort, seed
        self._flash: tuple[Model, int] | None = None
        self.core = Core.M4_CMSIS_NN if target.abi is Abi.LP64 else core_of(target)

    def price(self, model: Model, *, fitted: bool = True) -> tuple[Price, Footprint]:
        """Return what `model` takes.

        Raises:
            UnsupportedModelError: if an operator's kernel is not known, or TFLM cannot take the model.
        """
        found = footprint(model, self._target)
        cost = estimate(model, self.core)
        price = Price(
            found.min_arena_bytes,
            self.fitted_bytes(model) if fitted else None,
            self._flash_bytes(model),
            macs(model),
            cost.total_instructions,
            cost.is_complete,
        )
        return price, found

    def fitted_bytes(self, model: Model) -> int | None:
        """Return the predicted arena after `fit`, None if it was not asked for."""
        if self._fit_effort is None:
            return None
        from arenafit.fit.search.driver import Search  # noqa: PLC0415 - the whole of fit, for those who ask
        from arenafit.fit.settings import Settings, on_its_tflm  # noqa: PLC0415 - loads the search; only where a fit is asked for

        settings = on_its_tflm(Settings(target=self._target, effort=self._fit_effort, seed=self._seed))
        return Search(model, settings, lambda _: None).run()[0].arena_bytes

    def _flash_bytes(self, model: Model) -> int:
        """Return about what the file takes: the first model's own size, and what others differ from it in content.

        Writing each model to see would take longer than all else together.
        """
        if self._flash is None:
            self._flash = (model, len(write_bytes(model)) - content_bytes(model))
        return self._flash[1] + content_bytes(model)

    def with_fitted(self, row: Row) -> Row:
        """Return the row with the arena after `fit`."""
        return replace(row, price=replace(row.price, fitted_bytes=self.fitted_bytes(row.model)))


def content_bytes(model: Model) -> int:
    """Return about what constants, scales, operators and tensors take of a file."""
    content = {tensor.data: align_up(len(tensor.data.data), 16) for tensor in model.all_tensors() if tensor.data}
    scales = sum(len(tensor.quant.scales) for tensor in model.all_tensors() if tensor.quant is not None)
    entries = len(model.tensors) * _TENSOR_ENTRY_BYTES + len(model.ops) * _OP_ENTRY_BYTES
    return sum(content.values()) + scales * _SCALE_ENTRY_BYTES + entries


def price_changes(
    model: Model,
    pricer: Pricer,
    wanted: Sequence[Change] = (),
    *,
    fitted_rows: int = 0,
    report: Callable[[str, int, int], None] = lambda *_: None,
) -> PricedChanges:
    """Return what changes of `model` would take.

    Args:
        model: any model that TFLM runs.
        pricer: for which target, and whether `fit` is tried.
        wanted: changes to make together, as one row; by default every change worth a look, each a row.
        fitted_rows: how many rows, the smallest stock arena at the peak first, get the arena after `fit`.
        report: called with what is being done, how many are done, of how many.

    Raises:
        UnsupportedModelError: if the model itself cannot be priced, or the wanted changes cannot be made.
    """
    price, before = pricer.price(model)
    base = with_constant_shapes(model)
    peak = {item.buffer.tensor for item in before.peak.buffers if item.buffer.tensor is not None}
    rows: list[Row] = []
    refused: list[Refused] = []
    if wanted:
        rows.append(_row(base, pricer, tuple(wanted), peak))
    else:
        changes = list(proposals(model))
        for position, change in enumerate(changes):
            report(change.text, position, len(changes))
            try:
                rows.append(_row(base, pricer, (change,), peak))
            except UnsupportedModelError as error:
                refused.append(Refused(change, str(error)))
    rows = sorted(_distinct(rows), key=lambda row: (row.price.arena_bytes, row.price.instructions, row.settings))
    if fitted_rows:
        rows = _fitted(rows, pricer, 1 if wanted else fitted_rows, report)
    return PricedChanges(model, price, before, tuple(rows), tuple(refused))


def with_constant_shapes(model: Model) -> Model:
    """Return `model` with what follows from shapes alone written down, as every changed model has it."""
    for move in fold_constants.REWRITE.propose(model):
        return fold_constants.REWRITE.apply(model, move)
    return model


def _fitted(rows: list[Row], pricer: Pricer, count: int, report: Callable[[str, int, int], None]) -> list[Row]:
    chosen = sorted(rows, key=lambda row: not row.at_peak)[:count]
    done = {}
    for position, row in enumerate(chosen):
        report(f"fitting {row.settings[0]}", position, len(chosen))
        done[id(row)] = pricer.with_fitted(row)
    rows = [done.get(id(row), row) for row in rows]
    return sorted(rows, key=lambda row: (row.price.fitted_bytes is None, row.price.fitted_bytes or 0))


def _row(model: Model, pricer: Pricer, changes: tuple[Change, ...], peak: set[TensorId]) -> Row:
    changed = apply_changes(model, changes)
    price, _ = pricer.price(changed, fitted=False)
    at_peak = any(
        tensor in model.tensors
        and (tensor not in changed.tensors or changed.tensors[tensor].size_bytes < model.tensors[tensor].size_bytes)
        for tensor in peak
    )
    return Row(changes, price, at_peak, changed)


def _distinct(rows: list[Row]) -> Iterator[Row]:
    # Two settings may name one change: a share of all layers where there is one layer only.
    seen: set[tuple[tuple[OpId, tuple[int, ...]], ...]] = set()
    for row in rows:
        graph = row.model.main
        key = tuple(
            (op.id, tuple(extent for tensor in (*op.operands, *op.outputs) for extent in graph.by_id[tensor].shape))
            for op in graph.ops
        )
        if key not in seen:
            seen.add(key)
            yield row

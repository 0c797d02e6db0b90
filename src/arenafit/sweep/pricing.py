"""What a candidate takes, before and after its training: stock and fitted arena, flash, instructions."""

from dataclasses import dataclass

from arenafit.accuracy.precision import Precision
from arenafit.errors import UnsupportedModelError
from arenafit.fit.search.driver import Search
from arenafit.fit.settings import Settings, on_its_tflm
from arenafit.ir import DType, Model
from arenafit.quantize.build import Style
from arenafit.structure.pricing import Pricer
from arenafit.structure.skeleton import skeleton
from arenafit.sweep.plan import FITTED, FLASH, INSTRUCTIONS, STOCK
from arenafit.sweep.space import IO, RECIPE, Params
from arenafit.targets.target import Target

_PRECISIONS = {"int8": Precision.INT8, "int16x8": Precision.INT16, "mixed": Precision.INT8}
_INTEGERS = (DType.INT8, DType.INT16, DType.UINT8)


@dataclass(frozen=True, slots=True)
class Figures:
    """Bytes and instructions of one Invoke; those of the fitted model are None until `fit` was tried."""

    stock: int
    flash: int
    macs: int
    stock_instructions: int
    fitted: int | None = None
    fitted_instructions: int | None = None

    @property
    def instructions(self) -> int:
        """Of the fitted model, if that is known."""
        return self.stock_instructions if self.fitted_instructions is None else self.fitted_instructions

    def of(self, objective: str) -> int:
        """Return the figure that an objective is about."""
        fitted = self.stock if self.fitted is None else self.fitted
        return {FITTED: fitted, STOCK: self.stock, FLASH: self.flash, INSTRUCTIONS: self.instructions}[objective]


class SweepPricer:
    """Prices models for one target, with and without `fit`."""

    def __init__(self, target: Target, effort: str | int, seed: int) -> None:
        self._target, self._effort, self._seed = target, effort, seed
        self._pricer = Pricer(target)

    def stock(self, model: Model) -> Figures:
        """Return the price without `fit`.

        Raises:
            UnsupportedModelError: if TFLM cannot take the model.
        """
        price, _ = self._pricer.price(model, fitted=False)
        return Figures(price.arena_bytes, price.flash_bytes, price.macs, price.instructions)

    def fitted(self, model: Model, known: Figures | None = None) -> Figures:
        """Return the price with `fit`."""
        first = self.stock(model) if known is None else known
        settings = on_its_tflm(Settings(target=self._target, effort=self._effort, seed=self._seed))
        best = Search(model, settings, lambda _: None).run()[0]
        return Figures(
            first.stock, first.flash, first.macs, first.stock_instructions, best.arena_bytes, best.instructions
        )


def style_of(params: Params) -> Style:
    """Return how inputs and outputs are stored; what dense layers take does not depend on their weights."""
    return Style(float_io=params.get(IO, "int8") == "float", dense_per_channel=None)


def recipe_of(params: Params, model: Model) -> str:
    """Return the recipe; of an integer model, that it stays as it is."""
    if is_integer(model):
        return "as it is"
    return str(params.get(RECIPE, "int8"))


def is_integer(model: Model) -> bool:
    """Return whether a model computes on integers already."""
    tensors = (tensor for tensor in model.main.tensors if not tensor.is_constant)
    return any(tensor.dtype in _INTEGERS and tensor.quant is not None and tensor.quant.scales for tensor in tensors)


def as_priced(model: Model, params: Params) -> Model:
    """Return an untrained model in the precision that it will have; `mixed` as int8, the least it can take.

    Raises:
        UnsupportedModelError: if it cannot be had in that precision.
    """
    recipe = recipe_of(params, model)
    if recipe in ("float", "as it is"):
        return model
    if recipe not in _PRECISIONS:
        raise UnsupportedModelError(f"'{recipe}' is no recipe")
    return skeleton(model, _PRECISIONS[recipe], style_of(params))


def boundary_bytes(model: Model) -> int:
    """Return what inputs and outputs take: no arena is smaller than the larger of these."""
    graph = model.main
    sides = [sum(graph.by_id[item].size_bytes for item in side) for side in (graph.inputs, graph.outputs)]
    return max(sides)

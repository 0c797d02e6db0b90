"""A trained float model in the precision its parameters ask for."""

from arenafit.accuracy.execution import Runtime
from arenafit.accuracy.precision import Precision
from arenafit.accuracy.samples import Samples
from arenafit.ir import Model
from arenafit.quantize.build import build, calibrated, uniform
from arenafit.quantize.preparation import prepare
from arenafit.quantize.recipes import QuantizeRecipe, Request, quantize
from arenafit.sweep.pricing import recipe_of, style_of
from arenafit.sweep.space import Params
from arenafit.targets.target import Target

_UNIFORM = {"int8": Precision.INT8, "int16x8": Precision.INT16}
_MIXED_DROP = 0.01


def quantised(model: Model, params: Params, calibration: Samples, runtime: Runtime, target: Target) -> Model:
    """Return the model quantised by its recipe; a float or an integer one as it is.

    Raises:
        UnsupportedModelError: if nothing in it can be quantised.
    """
    recipe = recipe_of(params, model)
    if recipe in ("float", "as it is"):
        return model
    style = style_of(params)
    if recipe == "mixed":
        request = Request(QuantizeRecipe.MIXED, style, max_drop=_MIXED_DROP, compare=False, target=target)
        return quantize(model, calibration, None, runtime, request).model
    source = calibrated(prepare(model).model, calibration)
    return build(source, uniform(source, _UNIFORM[recipe]), style).model

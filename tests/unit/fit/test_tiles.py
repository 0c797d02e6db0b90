"""TILE, which TFLM lacks: `repair` puts operators of the same copies in its place, and both runtimes bear witness."""

from dataclasses import replace

import pytest

from arenafit.errors import RefusedModelError
from arenafit.fit.repair import repair_bytes
from arenafit.ir import DType, Model, TensorId
from arenafit.tflite import read_bytes, write_bytes
from support.rewrite_nets import Net


def tiled(net: Net, source: TensorId, *copies: int) -> TensorId:
    """TILE of `source`."""
    shape = [extent * count for extent, count in zip(net.shape(source), copies, strict=True)]
    return net.op("TILE", (source, net.ints(*copies)), shape, kind="TileOptions")


def repeated(net: Net, source: TensorId, axis: int, times: int) -> TensorId:
    """Each row or column `times` times, as Keras 3 writes an axis of UpSampling2D."""
    shape = net.shape(source)
    opened = (*shape[: axis + 1], 1, *shape[axis + 1 :])
    wide = net.op("EXPAND_DIMS", (source, net.ints(axis + 1)), opened, kind="ExpandDimsOptions")
    made = tiled(net, wide, *(times if index == axis + 1 else 1 for index in range(5)))
    return net.view(made, *(extent * (times if index == axis else 1) for index, extent in enumerate(shape)))


def finished(net: Net, result: TensorId) -> Model:
    """Return the model, its operators of the versions that LiteRT's kernels begin with."""
    model = net.finish(net.op("NEG", (result,), net.shape(result), kind="NegOptions"))
    ops = tuple(replace(op, code=replace(op.code, version=1)) for op in model.main.ops)
    return replace(model, graphs=(replace(model.main, ops=ops),))


def upsampled(*factors: tuple[int, int]) -> Model:
    """Return an image whose axes are repeated in turn, by such factors."""
    net = Net(DType.FLOAT32, 1)
    made = net.input(1, 3, 5, 2)
    for axis, times in factors:
        made = repeated(net, made, axis, times)
    return finished(net, made)


def copied(shape: tuple[int, ...], copies: tuple[int, ...]) -> Model:
    """Return a TILE alone."""
    net = Net(DType.FLOAT32, 1)
    return finished(net, tiled(net, net.input(*shape), *copies))


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (upsampled((1, 3), (2, 2)), ["RESIZE_NEAREST_NEIGHBOR"]),
        (copied((1, 4, 1), (2, 1, 3)), ["BROADCAST_TO"]),
        (copied((2, 3), (1, 3)), ["CONCATENATION"]),
    ],
)
def test_tile_becomes_what_tflm_has(model: Model, names: list[str]) -> None:
    made = repair_bytes(write_bytes(model), "tiled")  # LiteRT before and after, and TFLM
    assert [op.name for op in read_bytes(made.content, "made").main.ops] == [*names, "NEG"]
    assert made.litert.startswith("equal bit for bit")


@pytest.mark.parametrize("copies", [(1, 11), (2, 2)])
def test_more_copies_than_an_operator_of_tflm_takes_are_refused(copies: tuple[int, int]) -> None:
    with pytest.raises(RefusedModelError, match=r"operator 0 \(TILE\): TFLM has no such operator"):
        repair_bytes(write_bytes(copied((2, 3), copies)), "tiled")

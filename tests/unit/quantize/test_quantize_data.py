from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arenafit.accuracy.checks import check_values, warnings_for
from arenafit.accuracy.samples import Samples, input_ports
from arenafit.errors import DataError
from arenafit.ir import Model
from arenafit.quantize import load_calibration, load_evaluation
from support.one_op import f32, i32, one_op

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(12, 4, 3)).astype(np.float32)


@pytest.fixture
def model() -> Model:
    """One input in0 (1, 4, 3), one output out0 (1, 4, 3)."""
    return one_op("RELU", [f32(1, 4, 3)], [f32(1, 4, 3)])


@pytest.fixture
def two_inputs() -> Model:
    """Inputs in0 and in1 (1, 2), output out0 (1, 2)."""
    return one_op("ADD", [f32(1, 2), f32(1, 2)], [f32(1, 2)], "AddOptions")


def saved(path: Path, **arrays: Any) -> str:
    np.savez(path, **arrays)
    return str(path)


@pytest.mark.parametrize("name", ["in0", "x", "data", "anything", "arr_0", "0"])
def test_the_one_input_is_found_by_any_telling_name(tmp_path: Path, model: Model, name: str) -> None:
    samples = load_calibration(saved(tmp_path / "c.npz", **{name: IMAGES}), model)
    assert len(samples) == 12
    assert samples.arrays[0].shape == (12, 1, 4, 3)
    np.testing.assert_array_equal(samples.arrays[0][:, 0], IMAGES)


def test_inputs_are_matched_by_name_not_by_order(tmp_path: Path, two_inputs: Model) -> None:
    first, second = RNG.normal(size=(2, 9, 2)).astype(np.float32)
    samples = load_calibration(saved(tmp_path / "c.npz", in1=second, in0=first), two_inputs)
    np.testing.assert_array_equal(samples.arrays[0][:, 0], first)
    np.testing.assert_array_equal(samples.arrays[1][:, 0], second)


def test_unnamed_arrays_are_taken_in_order(tmp_path: Path, two_inputs: Model) -> None:
    first, second = RNG.normal(size=(2, 9, 2)).astype(np.float32)
    np.savez(tmp_path / "c.npz", first, second)
    samples = load_calibration(str(tmp_path / "c.npz"), two_inputs)
    np.testing.assert_array_equal(samples.arrays[1][:, 0], second)


def test_an_array_alone_and_with_its_batch_dimension(tmp_path: Path, model: Model) -> None:
    np.save(tmp_path / "a.npy", IMAGES[:, None])
    assert len(load_calibration(str(tmp_path / "a.npy"), model)) == 12


def test_a_folder_of_samples(tmp_path: Path, model: Model) -> None:
    for number, image in enumerate(IMAGES):
        np.save(tmp_path / f"s{number:02d}.npy", image)
    samples = load_calibration(str(tmp_path), model)
    np.testing.assert_array_equal(samples.arrays[0][:, 0], IMAGES)


def test_a_folder_per_input(tmp_path: Path, two_inputs: Model) -> None:
    for name in ("in0", "in1"):
        (tmp_path / name).mkdir()
        for number in range(8):
            np.save(tmp_path / name / f"{number}.npy", RNG.normal(size=2).astype(np.float32))
    assert len(load_calibration(str(tmp_path), two_inputs)) == 8


def test_a_file_per_input_in_a_folder(tmp_path: Path, two_inputs: Model) -> None:
    for name in ("in0", "in1"):
        np.save(tmp_path / f"{name}.npy", RNG.normal(size=(8, 2)).astype(np.float32))
    assert len(load_calibration(str(tmp_path), two_inputs)) == 8


USERS_MODULE = """
import numpy as np
rng = np.random.default_rng(1)
def array(): return rng.normal(size=(9, 4, 3)).astype("float32")
def named(): return {"in0": array(), "labels": np.zeros(9, int)}
def representative():
    for item in array(): yield [item[None]]
def dicts():
    for item in array(): yield {"in0": item}
def arrays(): return list(array())
def fails(): return 1 / 0
def nothing(): return []
def text(): return "samples"
def endless():
    while True: yield [np.zeros((1, 4, 3), "float32")]
number = 3
"""


@pytest.fixture
def users_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"users_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(USERS_MODULE)
    monkeypatch.chdir(tmp_path)
    return name


@pytest.mark.parametrize("function", ["array", "named", "representative", "dicts", "arrays"])
def test_a_callable(users_module: str, model: Model, function: str) -> None:
    assert len(load_calibration(f"{users_module}:{function}", model)) == 9


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        ("fails", "raised an error: ZeroDivisionError: division by zero"),
        ("missing", "raised an error: AttributeError"),
        ("nothing", "returned no samples"),
        ("text", "returned str"),
        ("number", "is no function"),
        ("endless", "does it end"),
    ],
)
def test_a_callable_that_does_not_deliver(
    users_module: str, model: Model, function: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arenafit.accuracy.sources.MOST_SAMPLES", 50)
    with pytest.raises(DataError, match=complaint):
        load_calibration(f"{users_module}:{function}", model)


def test_a_module_that_is_not_there(model: Model) -> None:
    with pytest.raises(DataError, match="raised an error: ModuleNotFoundError"):
        load_calibration("no_such_module_here:function", model)


def _spoilt(change: Callable[[Any], Any]) -> Any:
    return change(IMAGES.copy())


def _with(value: float) -> Callable[[Any], Any]:
    def change(array: Any) -> Any:
        array[3, 1, 1] = value
        return array

    return change


@pytest.mark.parametrize(
    ("array", "complaint"),
    [
        (IMAGES[:, :3], r"has shape \(12, 3, 3\); the model takes \(N, 4, 3\) or \(N, 1, 4, 3\)"),
        (np.float32(1), r"has shape \(\)"),
        (IMAGES.astype(np.uint8), "holds uint8, the model takes float32: scale the data"),
        (IMAGES.astype(np.complex64), "holds complex64"),
        (IMAGES[:3], "3 samples; at least 8 are needed"),
        (IMAGES[:0], "0 samples"),
        (_spoilt(_with(np.nan)), "sample 3 holds NaN"),
        (_spoilt(_with(np.inf)), "sample 3 holds infinity"),
        (_spoilt(_with(1e20)), "sample 3 holds 1e\\+20, which is out of any plausible range"),
        (np.full((12, 4, 3), 0.5, np.float32), r"is constant \(0.5 everywhere\)"),
        (np.repeat(IMAGES[:1], 12, axis=0), "all 12 samples are equal"),
        (np.full((12, 4, 3), 1e300) * np.arange(12)[:, None, None], "beyond the range of float32"),
        (np.array(["a"] * 12), "has shape"),
    ],
)
def test_bad_data_gets_its_line(tmp_path: Path, model: Model, array: Any, complaint: str) -> None:
    np.save(tmp_path / "bad.npy", array)
    with pytest.raises(DataError, match=complaint) as error:
        load_calibration(str(tmp_path / "bad.npy"), model)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("sample", "value", "complaint"), [
    (7, np.nan, "sample 7 holds NaN"),
    (7, np.inf, "sample 7 holds infinity"),
    (7, -1e30, "sample 7 holds 1e.30, which is out of any plausible range"),
    (8, 0.0, "all 9 samples are equal"),
])  # fmt: skip
def test_samples_are_looked_at_in_pieces_and_all_of_them(
    sample: int, value: float, complaint: str, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arenafit.accuracy.checks._PIECE", 24)  # two samples
    array = np.tile(np.random.default_rng(5).normal(size=(1, 4, 3)).astype(np.float32), (9, 1, 1))
    array[:, 2, 1] = 0.0
    array[sample, 2, 1] = value
    with pytest.raises(DataError, match=complaint):
        check_values(array, input_ports(model)[0], "samples")
    array[sample, 2, 1] = 3.0
    check_values(array, input_ports(model)[0], "samples")


def test_a_double_beyond_single_precision_is_found_in_any_piece(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arenafit.accuracy.checks._PIECE", 24)
    array = np.random.default_rng(5).normal(size=(9, 4, 3))
    array[8, 3, 2] = -1e300
    with pytest.raises(DataError, match="beyond the range of float32"):
        load_calibration(saved(tmp_path / "x.npz", x=array), model)


def test_half_and_double_precision_are_taken(tmp_path: Path, model: Model) -> None:
    for dtype in (np.float16, np.float64):
        np.save(tmp_path / "a.npy", IMAGES.astype(dtype))
        assert load_calibration(str(tmp_path / "a.npy"), model).arrays[0].dtype == np.float32


def test_integers_for_an_integer_input_must_fit(tmp_path: Path) -> None:
    model = one_op("ADD", [i32(1, 2), i32(1, 2)], [i32(1, 2)], "AddOptions")
    good, bad = np.arange(18).reshape(9, 2), np.arange(18).reshape(9, 2) + 2**40
    assert load_calibration(saved(tmp_path / "c.npz", in0=good, in1=good), model).arrays[0].dtype == np.int32
    with pytest.raises(DataError, match="outside the range of int32"):
        load_calibration(saved(tmp_path / "c.npz", in0=good, in1=bad), model)


def test_inputs_of_different_length(tmp_path: Path, two_inputs: Model) -> None:
    arrays = {"in0": RNG.normal(size=(9, 2)), "in1": RNG.normal(size=(10, 2))}
    with pytest.raises(DataError, match="'in0' has 9, 'in1' has 10"):
        load_calibration(saved(tmp_path / "c.npz", **arrays), two_inputs)


def test_an_input_without_array(tmp_path: Path, two_inputs: Model) -> None:
    with pytest.raises(DataError, match="no array for input 'in1'"):
        load_calibration(saved(tmp_path / "c.npz", in0=RNG.normal(size=(9, 2))), two_inputs)


@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\x03\x04 broken"])
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_files_that_hold_no_arrays(tmp_path: Path, model: Model, content: bytes, suffix: str) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be read|holds"):
        load_calibration(str(path), model)


def test_pickles_are_not_opened(tmp_path: Path, model: Model) -> None:
    np.save(tmp_path / "evil.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(DataError, match="cannot be read"):
        load_calibration(str(tmp_path / "evil.npy"), model)


def test_what_is_not_there(tmp_path: Path, model: Model) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        load_calibration(str(tmp_path / "none.wav"), model)
    with pytest.raises(DataError, match=r"holds no \.npy files"):
        load_calibration(str(tmp_path), model)


def test_class_labels(tmp_path: Path) -> None:
    model = one_op("SOFTMAX", [f32(1, 5)], [f32(1, 5)], "SoftmaxOptions", beta=1.0)
    data, labels = RNG.normal(size=(6, 5)), np.arange(6) % 5
    for name in ("labels", "y", "out0"):
        found = load_evaluation(saved(tmp_path / "e.npz", x=data, **{name: labels}), model).labels[0]
        assert found is not None
        np.testing.assert_array_equal(found, labels)
    with pytest.raises(DataError, match="reach from 0 to 9, output 'out0' has 5 classes"):
        load_evaluation(saved(tmp_path / "e.npz", x=data, y=np.array([0, 1, 2, 3, 4, 9])), model)
    with pytest.raises(DataError, match="4 labels for 6 samples"):
        load_evaluation(saved(tmp_path / "e.npz", x=data, y=labels[:4]), model)


def test_target_values(tmp_path: Path, model: Model) -> None:
    found = load_evaluation(saved(tmp_path / "e.npz", x=IMAGES, target=IMAGES * 2), model).labels[0]
    assert found is not None
    assert found.dtype == np.float32
    with pytest.raises(DataError, match="hold NaN or infinity"):
        load_evaluation(saved(tmp_path / "e.npz", x=IMAGES, target=IMAGES * np.nan), model)


def test_evaluation_data_beyond_the_calibrated_range_is_noted(model: Model) -> None:
    ports = input_ports(model)
    calibration = Samples((IMAGES[:, None],), (None,), "c")
    assert warnings_for(calibration, calibration, ports) == ()
    (warning,) = warnings_for(calibration, Samples((IMAGES[:, None] * 3,), (None,), "e"), ports)
    assert "is clipped" in warning

"""Measures the arena and the accuracy of models of the spectrogram task, in TFLM's reference kernels and in LiteRT.

python examples/spectrogram/evaluate.py                 # the models beside this file
python examples/spectrogram/evaluate.py other.tflite
python examples/spectrogram/evaluate.py --fresh smaller.tflite   # 3,000 other samples, paired with the float model

Models of another resolution are given samples averaged down, as `arenafit sweep` trains and judges them.
"""

import multiprocessing
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from task import dataset

from arenafit.accuracy.intervals import paired_interval
from arenafit.sweep.resize import resized

HERE = Path(__file__).parent
# Drawn after every choice was made: nothing may be chosen by it.
FRESH = (424242, 3000)


def quantised(inputs: NDArray[np.float32], scale: float, zero_point: int, dtype: Any) -> NDArray[Any]:
    """Return `inputs` as a model with such an input takes them; float inputs pass unchanged."""
    if np.dtype(dtype).kind == "f":
        return inputs
    limits = np.iinfo(dtype)
    return np.clip(np.round(inputs / scale) + zero_point, limits.min, limits.max).astype(dtype)


def tflm_scores(model: Path, inputs: NDArray[np.float32]) -> NDArray[Any]:
    """Return the output of each sample; prints TFLM's record of its arena (to stderr, as TFLM does)."""
    from tflite_micro.python.tflite_micro import runtime  # noqa: PLC0415 - only the child process loads TFLM

    interpreter = runtime.Interpreter.from_file(str(model), arena_size=4 << 20)
    details = interpreter.get_input_details(0)
    scales, zeros = details["quantization_parameters"]["scales"], details["quantization_parameters"]["zero_points"]
    ready = quantised(
        resized(inputs, tuple(details["shape"][1:])),
        float(scales[0]) if len(scales) else 1.0,
        int(zeros[0]) if len(zeros) else 0,
        details["dtype"],
    )
    scores = []
    for item in ready:
        interpreter.set_input(item[None], 0)
        interpreter.invoke()
        scores.append(interpreter.get_output(0)[0])
    interpreter.print_allocations()
    return np.stack(scores)


def litert_scores(model: Path, inputs: NDArray[np.float32]) -> NDArray[Any]:
    """Return the output of each sample, computed by LiteRT's reference kernels."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415 - only one child loads LiteRT

    interpreter = Interpreter(
        str(model), experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, num_threads=1
    )
    interpreter.allocate_tensors()
    details, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    ready = quantised(resized(inputs, tuple(details["shape"][1:])), *details["quantization"], details["dtype"])
    scores = []
    for item in ready:
        interpreter.set_tensor(details["index"], item[None])
        interpreter.invoke()
        scores.append(interpreter.get_tensor(result["index"])[0].copy())
    return np.stack(scores)


def compared_on_fresh_samples(models: list[Path]) -> None:
    """Print each model's accuracy on 3,000 samples that no choice has looked at, paired with the float original."""
    inputs, labels = dataset(*FRESH)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        original = pool.apply(litert_scores, (HERE / "spectrogram_fp32.tflite", inputs)).argmax(axis=1) == labels
        for model in models:
            right = pool.apply(litert_scores, (model, inputs)).argmax(axis=1) == labels
            change = paired_interval(right.astype(float) - original.astype(float))
            print(
                f"{model.name}: LiteRT {100 * right.mean():.2f} %, original {100 * original.mean():.2f} %, difference "
                f"{100 * (right.mean() - original.mean()):+.2f} [{100 * change.low:+.2f}, {100 * change.high:+.2f}]",
                flush=True,
            )


def main() -> None:
    if sys.argv[1:2] == ["--fresh"]:
        named = [Path(argument) for argument in sys.argv[2:]]
        compared_on_fresh_samples(named or sorted(HERE.glob("*.tflite")))
        return
    models = [Path(argument) for argument in sys.argv[1:]] or sorted(HERE.glob("*.tflite"))
    evaluation = np.load(HERE / "evaluation.npz")
    inputs, labels = evaluation["spectrogram"], evaluation["labels"]
    for model in models:
        for runtime, scores in (("TFLM", tflm_scores), ("LiteRT", litert_scores)):
            with multiprocessing.get_context("spawn").Pool(
                1
            ) as pool:  # a runtime may abort; it shall not take us along
                found = pool.apply(scores, (model, inputs)).argmax(axis=1)
            right = int((found == labels).sum())
            print(
                f"{model.name}: {runtime} {right} of {len(labels)} right, {100 * right / len(labels):.2f} %", flush=True
            )


if __name__ == "__main__":
    main()

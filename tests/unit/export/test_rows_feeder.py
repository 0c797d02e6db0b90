"""The feeder of rows: compiled as C++11, run on a TFLM that remembers what it is given, and exported in each layout."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import arenafit
from arenafit.export import SourceLayout
from arenafit.ir import ROWS_METADATA, DType, Feed, Model
from arenafit.tflite import write_bytes
from support.compiling import STUBS, compile_all, real_headers
from support.models import conv_chain
from support.one_op import f32, one_op, tensor

FAKE = Path(__file__).parents[2] / "support" / "rows_fake.cc"
ELEMENTS = {DType.INT8: "int8_t", DType.INT16: "int16_t", DType.FLOAT32: "float"}
FEEDS = {
    "rows before and behind the frame": Feed(0, (1, 21, 16, 3), 21, 48, 16, 2, -7, -128),
    "one row a call": Feed(0, (1, 5, 256, 3), 5, 768, 1, 7, -1, 3),
    "calls that only pad": Feed(0, (1, 9, 64, 3), 9, 192, 4, 6, -6),
    "rows that nothing hangs on": Feed(0, (1, 13, 64, 3), 13, 192, 4, 2, 2),
}


def fed(feed: Feed, dtype: DType = DType.INT8) -> Model:
    """A model with the input that a contract wants: its operators do not matter here."""
    return replace(conv_chain(dtype), metadata=((ROWS_METADATA, feed.packed()),))


def exported(model: Model, folder: Path, layout: SourceLayout = SourceLayout.PLAIN) -> Path:
    file = folder / "net.tflite"
    file.write_bytes(write_bytes(model))
    arenafit.export_model(file, folder / "out", layout=layout)
    return folder / "out"


def ran(out: Path, feed: Feed, dtype: DType, converted: str = "") -> subprocess.CompletedProcess[str]:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    text = FAKE.read_text(encoding="utf-8").replace("MODEL", "net").replace("ELEMENT ", f"{ELEMENTS[dtype]} ")
    padded = 'if ((row < 0 || row >= kFrameRows) && found != kPadding) return std::printf("no padding\\n");'
    text = text.replace("PADDED", "" if feed.padding is None else padded).replace("POSITION", str(feed.position))
    counts = feed.first + feed.calls * feed.rows_per_call >= feed.rows
    text = text.replace("EVERY_ROW_COUNTS", "true" if counts else "false").replace("CONVERTED", converted)
    (out.parent / "fake.cc").write_text(text, encoding="utf-8")
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Werror", "-DTF_LITE_STATIC_MEMORY", f"-I{out}", "-isystem", str(STUBS)]
    binary = out.parent / "feeder"
    command = [compiler, *flags, str(out.parent / "fake.cc"), str(out / "rows_feeder.cc"), "-o", str(binary)]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert built.returncode == 0, built.stderr
    return subprocess.run([str(binary)], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
def test_every_call_gets_the_rows_of_the_contract(feed: Feed, tmp_path: Path) -> None:
    done = ran(exported(fed(feed), tmp_path), feed, DType.INT8)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("dtype", [DType.INT16, DType.FLOAT32])
def test_rows_of_other_types(dtype: DType, tmp_path: Path) -> None:
    feed = replace(FEEDS["calls that only pad"], padding=0)
    done = ran(exported(fed(feed, dtype), tmp_path), feed, dtype)
    assert (done.returncode, done.stdout) == (0, "")


PIXELS = """
  uint8_t pixels[kRowElements];
  float reals[kRowElements];
  for (int i = 0; i < kRowElements; ++i) { pixels[i] = static_cast<uint8_t>(i % 256); reals[i] = 1e9f; }
  given.clear();
  for (int i = 0; i < kFrameRows; ++i) feeder.FeedRows(pixels);
  const int inside = (0 - kFirstRow) * kRowElements;
  for (int i = 0; i < 256; ++i) if (given[0][inside + i] != i - 128) return std::printf("pixel %d\\n", i);
  given.clear();
  for (int i = 0; i < kFrameRows; ++i) feeder.FeedRows(reals);
  if (given[0][inside] != 127) return std::printf("no clipping\\n");
  feeder.PixelsFrom(-SCALE, SCALE);
  given.clear();
  for (int i = 0; i < kFrameRows; ++i) feeder.FeedRows(pixels);
  if (given[0][inside] != ZERO - 1) return std::printf("pixel 0 is %d\\n", given[0][inside]);
"""


def test_pixels_and_real_values_are_quantised_on_the_way(tmp_path: Path) -> None:
    feed = FEEDS["one row a call"]
    feed = replace(feed, first=0, calls=5)
    model = fed(feed)
    quant = model.main.tensor(model.main.inputs[0]).quant
    assert quant is not None
    text = PIXELS.replace("SCALE", f"{quant.scales[0]:.9g}f").replace("ZERO", str(quant.zero_points[0]))
    done = ran(exported(model, tmp_path), feed, DType.INT8, text)
    assert (done.returncode, done.stdout) == (0, "")


def never_padded(text: str) -> str:
    return text.replace("place[i] = kPadding", "place[i] = 0")


def never_drained(text: str) -> str:
    return re.sub(r"  while \(row_ == kFrameRows && !Done\(\)\) \{\n.*\n  \}\n", "", text)


def never_begun(text: str) -> str:
    return text.replace("for (int row = kFirstRow; row < 0; ++row)", "for (int row = kFirstRow + 1; row < 0; ++row)")


@pytest.mark.parametrize("spoil", [never_padded, never_drained, never_begun])
def test_a_feeder_that_does_it_otherwise_is_noticed(spoil: Callable[[str], str], tmp_path: Path) -> None:
    feed = FEEDS["rows before and behind the frame"]
    out = exported(fed(feed), tmp_path)
    text = (out / "rows_feeder.cc").read_text(encoding="utf-8")
    assert spoil(text) != text
    (out / "rows_feeder.cc").write_text(spoil(text), encoding="utf-8")
    assert ran(out, feed, DType.INT8).returncode != 0


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("layout", list(SourceLayout))
def test_all_of_it_compiles(layout: SourceLayout, real: bool, tmp_path: Path) -> None:
    headers = real_headers() if real else [STUBS]
    out = exported(fed(FEEDS["one row a call"]), tmp_path, layout)
    sources = [path for ending in ("*.cc", "*.cpp", "*.ino") for path in sorted(out.rglob(ending))]
    assert {path.stem for path in sources} == {"model_data", "rows_feeder", "usage"}
    compile_all(sources, [out, out / "src", out / "include"], headers)


@pytest.mark.parametrize(("dtype", "element"), [(DType.INT32, "int32_t"), (DType.BOOL, "bool")])
def test_rows_of_types_that_are_no_pixels_are_taken_as_they_are(dtype: DType, element: str, tmp_path: Path) -> None:
    model = one_op("CAST", [tensor(dtype, 1, 2, 5, 3)], [f32(1, 2, 5, 3)], "CastOptions")
    feed = Feed(0, (1, 8, 5, 3), 8, 15, 2, 4, 0, 0)
    out = exported(replace(model, metadata=((ROWS_METADATA, feed.packed()),)), tmp_path)
    assert f"FeedRows(const {element}* rows" in (out / "rows_feeder.h").read_text()
    compile_all([out / "rows_feeder.cc"], own=[out])


def test_a_model_that_takes_whole_inputs_gets_no_feeder(tmp_path: Path) -> None:
    out = exported(conv_chain(), tmp_path)
    assert not (out / "rows_feeder.h").exists()
    assert "NetInvoke" in (out / "usage.h").read_text(encoding="utf-8")

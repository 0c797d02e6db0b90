"""Names in exported C++: namespaces that collide with nothing, custom operators under exactly their names."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from arenafit.api.export import export_model
from arenafit.errors import ArenafitError
from arenafit.export.firmware_sources import identifier_of
from arenafit.ir import DType, Editor, Model, OpCode
from arenafit.tflite import write_bytes
from support.compiling import compile_all
from support.models import conv_chain, empty_model

NAMES = ("sin", "log", "time", "errno", "linux", "unix", "signal", "index", "y0", "read", "int", "setup", "std")
CODES = ('a"b', "back\\slash", "new\nline", "what??/", "tab\there", "ü", "x\x1b[31m", "my-op", "my_op", "my op", "1")


def with_customs(codes: tuple[str, ...]) -> Model:
    editor = Editor(empty_model())
    source = editor.add_tensor("source", DType.FLOAT32, (1, 4))
    editor.set_inputs((source,))
    for code in codes:
        output = editor.add_tensor("output", DType.FLOAT32, (1, 4))
        made = editor.make_op("CUSTOM", (source,), (output,))
        editor.append_op(replace(made, code=OpCode("CUSTOM", 1, code)))
        source = output
    editor.set_outputs((source,))
    return editor.build()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_called_like_something_in_c_becomes_another_namespace(tmp_path: Path, name: str) -> None:
    model = tmp_path / f"{name}.tflite"
    model.write_bytes(write_bytes(conv_chain(layers=1, size=4, channels=2)))
    export_model(model, tmp_path / "out")
    source = tmp_path / "all.cc"
    headers = "".join(
        f"#include <{name}>\n" for name in ("cmath", "cerrno", "ctime", "csignal", "cstdlib", "strings.h")
    )
    source.write_text(headers + '#include "usage.cc"\n')

    assert identifier_of(model.name) == f"{name}_model"
    compile_all([source], [tmp_path / "out"])


@pytest.mark.parametrize("name", ["sin", "errno", "linux"])
def test_a_name_asked_for_that_means_something_is_refused(tmp_path: Path, name: str) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(write_bytes(conv_chain(layers=1, size=4, channels=2)))
    with pytest.raises(ArenafitError, match="no name for C"):
        export_model(model, tmp_path / "out", name=name)


def test_custom_operators_are_registered_under_exactly_their_names(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(write_bytes(with_customs(CODES)))
    export_model(model, tmp_path / "out", estimate=True)
    text = (tmp_path / "out" / "op_resolver.h").read_text("ascii")
    found = re.findall(r'AddCustom\("(.*)", (Register_\w+)\(\)\)', text)

    # The escapes used are those of Python's bytes as well.
    assert {ast.literal_eval(f'b"{literal}"').decode("utf-8") for literal, _ in found} == set(CODES)
    assert len({function for _, function in found}) == len(CODES)
    assert "??" not in "".join(literal for literal, _ in found)
    compile_all([tmp_path / "out" / "usage.cc"], [tmp_path / "out"])

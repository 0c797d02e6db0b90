import re

from arenafit.kernels import kernels
from arenafit.ops import operators
from support.compiling import STUBS, real_headers

HEADER = "tensorflow/lite/micro/micro_mutable_op_resolver.h"
METHOD = re.compile(r"TfLiteStatus (Add\w+)\(")
GENERIC = {"AddCustom", "AddBuiltin"}
BUILTIN_METHODS = {
    name: found.resolver for (custom, name), found in operators().items() if found.resolver and not custom
}
CUSTOM_METHODS = {name: found.resolver for (custom, name), found in operators().items() if found.resolver and custom}


def test_every_kernel_that_is_modelled_can_be_registered() -> None:
    missing = [name for custom, name in kernels() if name not in (CUSTOM_METHODS if custom else BUILTIN_METHODS)]
    assert not missing


def test_the_table_names_every_method_of_the_resolver_once() -> None:
    table = [*BUILTIN_METHODS.values(), *CUSTOM_METHODS.values()]
    assert len(table) == len(set(table))
    assert set(table) == set(METHOD.findall((STUBS / HEADER).read_text(encoding="utf-8"))) - GENERIC


def test_the_table_is_that_of_the_real_header() -> None:
    text = next(file for folder in real_headers() if (file := folder / HEADER).exists()).read_text(encoding="utf-8")
    text = re.sub(r"//.*", "", text)
    assert set(METHOD.findall(text)) - GENERIC == {*BUILTIN_METHODS.values(), *CUSTOM_METHODS.values()}
    bodies = re.findall(r"TfLiteStatus (Add\w+)\([^{]*\{(.*?)\n  \}", text, re.DOTALL)
    builtin = {code[1]: name for name, body in bodies if (code := re.search(r"BuiltinOperator_(\w+)", body))}
    custom = {code[1]: name for name, body in bodies if (code := re.search(r'AddCustom\(\s*"(\w+)"', body))}
    assert {key: value for key, value in builtin.items() if value not in GENERIC} == dict(BUILTIN_METHODS)
    assert {**custom, "ethos-u": "AddEthosU"} == dict(CUSTOM_METHODS)

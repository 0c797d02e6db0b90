"""What firmware needs to know of a model, as plain data."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isfinite

from arenafit import ops
from arenafit.errors import ArenafitError, UnsupportedModelError
from arenafit.ir import Feed, Model, OpCode, Tensor, feed_of
from arenafit.targets.boards import Board
from arenafit.targets.target import Target
from arenafit.tflm import Footprint, footprint
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up
from arenafit.validity.release import Need, needs

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
# Of C++20, of C, and of a sketch; a model called like one of them gets "_model" behind its name.
_KEYWORDS = """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class
compl concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype
default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int
long loop main mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
reinterpret_cast requires restrict return setup short signed sizeof static static_assert static_cast std struct switch
template tflite this thread_local throw true try typedef typeid typename union unsigned using virtual void
volatile wchar_t while xor xor_eq
"""


@cache
def _reserved() -> frozenset[str]:
    """Return the names that mean something else in C++ or in headers that firmware includes."""
    text = files("arenafit.export").joinpath("reserved.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(_KEYWORDS.split()).union(*(line.split() for line in lines))


@dataclass(frozen=True, slots=True)
class BoundaryTensor:
    """An input or output of the model; `scale` and `zero_point` are None where it is not quantised per tensor."""

    role: str  # input, output
    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int
    scale: float | None
    zero_point: int | None


@dataclass(frozen=True, slots=True)
class CustomOp:
    """An operator that TFLM does not bring; the firmware must define `register_function`."""

    code: str
    register_function: str


@dataclass(frozen=True, slots=True)
class Firmware:
    """A model on its way into firmware.

    `min_*` are the smallest sizes in which AllocateTensors succeeds, the others have `margin_bytes` added; all are
    multiples of 16. `methods` register the operators of all graphs, each once. `estimated` says why the sizes are no
    exact prediction; empty if they are.
    """

    name: str
    file_name: str
    content: bytes
    sha256: str
    target: Target
    board: str | None
    margin_bytes: int
    min_arena_bytes: int
    min_persistent_bytes: int
    min_non_persistent_bytes: int
    resource_variables: int
    methods: tuple[str, ...]
    customs: tuple[CustomOp, ...]
    boundaries: tuple[BoundaryTensor, ...]
    estimated: tuple[str, ...]
    needs: tuple[Need, ...] = ()  # what the model needs of a newer TFLM, the newest first
    feed: Feed | None = None  # how its input is fed by rows, if it is

    @property
    def arena_bytes(self) -> int:
        """The one arena, margin included."""
        return self._with_margin(self.min_arena_bytes)

    @property
    def persistent_bytes(self) -> int:
        """The persistent of two arenas, margin included."""
        return self._with_margin(self.min_persistent_bytes)

    @property
    def non_persistent_bytes(self) -> int:
        """The non-persistent of two arenas, margin included."""
        return self._with_margin(self.min_non_persistent_bytes)

    @property
    def operators(self) -> int:
        """How many different operators must be registered."""
        return len(self.methods) + len(self.customs)

    def _with_margin(self, size_bytes: int) -> int:
        return align_up(size_bytes + self.margin_bytes, ARENA_ALIGNMENT_BYTES)


def firmware(
    model: Model,
    content: bytes,
    file_name: str,
    target: Target,
    board: Board | None = None,
    *,
    name: str | None = None,
    margin_bytes: int = 0,
    estimate: bool = False,
) -> Firmware:
    """Return what firmware needs of `model`.

    Args:
        model: the model.
        content: the file it was read from, which becomes the array.
        file_name: its name, for comments, and for identifiers unless `name` is given.
        target: what the firmware is built for.
        board: the board, where one was named.
        name: namespace and part of the array's name.
        margin_bytes: what is added to the predicted sizes.
        estimate: go on where an operator's memory is not known.

    Raises:
        ArenafitError: if `name` is no C++ identifier.
        UnsupportedModelError: if TFLM cannot register an operator, or its memory is not known.
    """
    identifier = identifier_of(file_name) if name is None else _checked(name)
    found: Footprint = footprint(model, target, estimate=estimate)
    codes = {op.code.label: op.code for op in model.ops.values()}
    methods = {_method(code) for code in codes.values()}
    customs = _customs(code.label for code in codes.values() if _method(code) is None)
    return Firmware(
        name=identifier,
        file_name=file_name,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        target=target,
        board=None if board is None else board.title,
        margin_bytes=margin_bytes,
        min_arena_bytes=found.min_arena_bytes,
        min_persistent_bytes=found.two_arenas.persistent_bytes,
        min_non_persistent_bytes=found.two_arenas.non_persistent_bytes,
        resource_variables=found.resource_variables,
        methods=tuple(sorted(method for method in methods if method is not None)),
        customs=customs,
        boundaries=tuple(_boundaries(model)),
        estimated=found.estimated + (board.priced_otherwise if board is not None else ()),
        needs=needs(model),
        feed=feed_of(model),
    )


def identifier_of(file_name: str) -> str:
    """Return the C++ identifier made of a file's name, its suffix left out."""
    stem = file_name.rpartition("/")[2].removesuffix(".tflite")
    made = re.sub(r"_+", "_", re.sub(r"[^a-z0-9]", "_", stem.lower())).strip("_") or "model"
    if not made[0].isalpha():
        made = f"model_{made}"
    return f"{made}_model" if made in _reserved() else made


def _checked(name: str) -> str:
    if _IDENTIFIER.fullmatch(name) is None or name in _reserved():
        raise ArenafitError(f"'{name}' is no name for C++: use lower-case letters, digits and _, such as 'wake_word'")
    return name


def _method(code: OpCode) -> str | None:
    """Return the method that registers an operator; None for a custom operator that TFLM does not bring."""
    method = ops.resolver_method(code)
    if method is None and code.name != "CUSTOM":
        raise UnsupportedModelError(f"operator {code.name} is not part of TFLM: no resolver can register it")
    return method


def _customs(codes: Iterable[str]) -> tuple[CustomOp, ...]:
    """Return the custom operators in the order of their names, each with a function of its own."""
    made: dict[str, CustomOp] = {}
    for code in sorted(codes):
        base = f"Register_{re.sub(r'[^A-Za-z0-9]+', '_', code).upper().strip('_') or 'CUSTOM'}"
        name, number = base, 1
        while name in made:
            number += 1
            name = f"{base}_{number}"
        made[name] = CustomOp(code, name)
    return tuple(made.values())


def _boundaries(model: Model) -> list[BoundaryTensor]:
    main = model.main
    rows = [("input", index, main.by_id[key]) for index, key in enumerate(main.inputs)]
    rows += [("output", index, main.by_id[key]) for index, key in enumerate(main.outputs)]
    return [_boundary(role, index, tensor) for role, index, tensor in rows]


def _boundary(role: str, index: int, tensor: Tensor) -> BoundaryTensor:
    scale, zero_point = (tensor.quant.per_tensor if tensor.quant else None) or (None, None)
    if scale is not None and not (isfinite(scale) and scale > 0):  # of floats and flags, which no kernel looks at
        scale, zero_point = None, None
    dtype = tensor.dtype.label.lower()
    return BoundaryTensor(role, index, tensor.name, dtype, tensor.shape, tensor.size_bytes, scale, zero_point)

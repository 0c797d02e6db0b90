"""What the reductions keep and need while they run.

Mirrors tensorflow/lite/micro/kernels/reduce.h, reduce.cc and reduce_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels.protocol import KernelMemory, Requests
from arenafit.targets.abi import BOOL, FLOAT, INT, INT32, array, struct

BUILTIN = struct(BOOL)
_OP_DATA = struct(INT32, array(INT, 5), FLOAT, INT, FLOAT, INT, INT)
# 0efdd51a3: MEAN and SUM walk the input by scratch buffers, where they had arrays on the stack.
_SCRATCH_SINCE = "2026-01-16"
_OP_DATA_BEFORE = struct(INT32, array(INT, 4), FLOAT, INT, FLOAT, INT, INT)


def _simple(requests: Requests) -> None:
    """PrepareSimple."""
    requests.temps(0, 1, outputs=(0,) if requests.has_type(requests.input(0), DType.INT8) else ())


def _look(requests: Requests) -> None:
    requests.temps(0)
    requests.temp_input(1)


def _iterators(requests: Requests) -> None:
    requests.scratch(4 * len(requests.shape(requests.needed_input(0))), "position in the input")
    requests.scratch(4 * requests.elements(requests.needed_input(1)), "axes")


def _mean_or_sum(requests: Requests) -> None:
    """PrepareMeanOrSumHelper."""
    _look(requests)
    if requests.has_type(requests.input(0), DType.INT8, DType.INT16):
        requests.scratch(4 * requests.elements(requests.needed_output(0)), "accumulators of the output")
    if not requests.before(_SCRATCH_SINCE):
        _iterators(requests)
    _simple(requests)


def _min_max(requests: Requests) -> None:
    """PrepareMinMaxHelper."""
    _simple(requests)
    _look(requests)
    _iterators(requests)


def _all(requests: Requests) -> None:
    """PrepareAllHelper."""
    _look(requests)
    _simple(requests)
    _iterators(requests)


_UNTIL = (_SCRATCH_SINCE, _OP_DATA_BEFORE)
MEAN_OR_SUM = KernelMemory(init=_OP_DATA, init_until=_UNTIL, prepare=_mean_or_sum, source="reduce.cc")
MIN_MAX = KernelMemory(init=_OP_DATA, init_until=_UNTIL, prepare=_min_max, source="reduce.cc")
ALL = KernelMemory(init=_OP_DATA, init_until=_UNTIL, prepare=_all, source="reduce.cc")

from arenafit.runtime import Category, Record
from arenafit.runtime.benchmark_log import parse_benchmark

TABLES = """\
"total number of ticks", 221

Output CRC32: 0x4D44C65

[[ Table ]]: Arena
        Arena   Bytes   % Arena
        Total |  2844 |   100.00
NonPersistent |    32 |     1.13
   Persistent |  2812 |    98.87

[[ Table ]]: Allocations
                  Allocation   Id   Used   Requested   Count   % Memory
            Eval tensor data |  0 |  120 |       120 |    10 |      4.22
      Persistent buffer data |  3 | 2192 |      2164 |     7 |     77.07
 Tensor variable buffer data |  4 |    0 |         0 |     0 |      0.00
              Operation data |  6 |    0 |         0 |     0 |      0.00
"""


def test_the_tables_are_read() -> None:
    arena = parse_benchmark(TABLES)

    assert arena is not None
    assert (arena.total_bytes, arena.head_bytes, arena.tail_bytes) == (2844, 32, 2812)
    assert arena.records == (
        Record(Category.EVAL_TENSORS, 120, 120, 10),
        Record(Category.PERSISTENT_BUFFERS, 2192, 2164, 7),
    )


def test_without_its_totals_it_is_none() -> None:
    assert parse_benchmark("") is None
    assert parse_benchmark("\n".join(line for line in TABLES.splitlines() if "NonPersistent" not in line)) is None

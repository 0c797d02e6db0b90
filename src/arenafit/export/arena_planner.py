"""The C++ sources that lead a model's buffers into several memories: TFLM's planner interface, a table in flash.

MicroAllocator::Create(arena, size, MicroMemoryPlanner*) takes a planner of the application. Its offsets count from the
arena, and may lead into any memory; TFLM adds them to the arena's address and looks no further (micro_allocator.cc,
CommitPlan, commit 90b983c2).
"""

import re
from dataclasses import dataclass

from arenafit.errors import BudgetError
from arenafit.export.cpp_text import comment, header, joined, origin
from arenafit.export.firmware_sources import Firmware
from arenafit.memories import MemoryPlan
from arenafit.units import format_count, format_size

_TFLM = "tensorflow/lite/micro"
# An entry of the table keeps the memory in the highest bits of a word, the offset in the others.
_OFFSET_BITS = 28
_MOST_REGIONS = 1 << (32 - _OFFSET_BITS)


@dataclass(frozen=True, slots=True)
class _Block:
    """One memory that is used: its number in the plan, its names in C++, what of it is taken and what there is."""

    index: int
    field: str
    constant: str
    macro: str
    title: str
    size_bytes: int
    capacity_bytes: int
    section: str


def planner_header(made: Firmware, plan: MemoryPlan) -> str:
    """Return arena_planner.h: the sizes, and the one function that firmware calls."""
    blocks = _blocks(made, plan)
    arena = next(block for block in blocks if block.index == plan.arena_region)
    body: list[str] = []
    for block in blocks:
        holds = "the arena: buffers at its beginning, what is persistent behind them" if block is arena else "buffers"
        served = format_size(plan.traffic[block.index].total_bytes)
        body += [
            f"// {comment(block.title)}: {holds}.",
            f"// Predicted: each Invoke reads and writes {served} bytes of buffers here.",
            f"constexpr std::size_t k{block.constant}Bytes = {block.size_bytes};",
            f"#ifndef {block.macro}_CAPACITY",
            f"#define {block.macro}_CAPACITY {block.capacity_bytes}",
            "#endif",
            f"static_assert(k{block.constant}Bytes <= {block.macro}_CAPACITY,",
            f'              "{block.field} is too small for what was planned there");',
            "",
        ]
    body += [
        "// Where the blocks begin, each at a multiple of 16.",
        "struct Regions {",
        *(f"  std::uint8_t* {block.field};" for block in blocks),
        "};",
        "",
        "// Returns an allocator for the interpreter of this model; its buffers lie in the arrays of arena_planner.cc,",
        "// whose sections are macros there. nullptr if that is not possible; TFLM's log then says why. Call it once.",
        "tflite::MicroAllocator* CreateAllocator();",
        "",
        "// The same with blocks of your own, say of heap_caps_malloc, at least as large as the constants above.",
        "tflite::MicroAllocator* CreateAllocator(const Regions& regions);",
    ]
    includes = ["<cstddef>", "<cstdint>", "", f'"{_TFLM}/micro_allocator.h"']
    return header(made, "ARENA_PLANNER", includes, body, namespace=True)


def planner_source(made: Firmware, plan: MemoryPlan) -> str:
    """Return arena_planner.cc: the table, the planner class, the arrays."""
    blocks = _blocks(made, plan)
    arena = next(number for number, block in enumerate(blocks) if block.index == plan.arena_region)
    lines = [
        *origin(made),
        "",
        '#include "arena_planner.h"',
        "",
        "#include <new>",
        "",
        f'#include "{_TFLM}/compatibility.h"',
        f'#include "{_TFLM}/memory_planner/micro_memory_planner.h"',
        f'#include "{_TFLM}/micro_log.h"',
        "",
        *_macros(blocks),
        f"namespace {made.name} {{",
        "namespace {",
        "",
        *_tables(plan, blocks, arena),
        *_class(made),
        "}  // namespace",
        "",
        *_functions(blocks),
        "",
        f"}}  // namespace {made.name}",
    ]
    return joined(lines)


def _blocks(made: Firmware, plan: MemoryPlan) -> list[_Block]:
    used = [index for index, size in enumerate(plan.sizes_bytes) if size]
    if len(used) > _MOST_REGIONS or max(plan.tops_bytes) >= 1 << _OFFSET_BITS:
        raise BudgetError(
            f"a table for firmware has room for {_MOST_REGIONS} memories of {format_size(1 << _OFFSET_BITS)} bytes:"
            " name fewer memories, or smaller ones"
        )
    blocks: list[_Block] = []
    for index in used:
        region = plan.regions[index]
        words = re.sub(r"[^a-z0-9]+", "_", region.name.lower()).strip("_") or "memory"
        field = words if words[0].isalpha() else f"memory_{words}"
        if any(field == block.field for block in blocks):
            field = f"{field}_{index}"
        constant = "".join(part.capitalize() for part in field.split("_"))
        macro = f"{made.name}_{field}".upper()
        # A field may be a C++ keyword, so that it gets an ending that no keyword has.
        blocks.append(
            _Block(
                index,
                f"{field}_memory",
                constant,
                macro,
                region.name,
                plan.sizes_bytes[index],
                region.available_bytes,
                region.section,
            )
        )
    return blocks


def _macros(blocks: list[_Block]) -> list[str]:
    lines = ["// Attributes of the arrays below: where the linker puts them. Define them to put them elsewhere."]
    for block in blocks:
        attribute = f' __attribute__((section("{block.section}")))' if block.section else ""
        lines += [f"#ifndef {block.macro}_ATTRIBUTE", f"#define {block.macro}_ATTRIBUTE{attribute}", "#endif"]
    return [*lines, ""]


def _tables(plan: MemoryPlan, blocks: list[_Block], arena: int) -> list[str]:
    number = {block.index: position for position, block in enumerate(blocks)}
    rows = [
        f"    {{0x{(number[at.region] << _OFFSET_BITS) | at.offset_bytes:08x}u, {at.size_bytes}u}},"
        f"  // {key}: {comment(item.buffer.what)}"
        for key, (at, item) in enumerate(zip(plan.placements, plan.footprint.plan, strict=True))
    ]
    entries = rows or ["    {0u, 0u},  // none"]
    return [
        f"constexpr int kRegionCount = {len(blocks)};",
        f"constexpr int kArenaRegion = {arena};",
        f"constexpr std::size_t kHeadBytes = {plan.tops_bytes[plan.arena_region]};  // of the arena, planned",
        f"constexpr int kBufferCount = {len(rows)};",
        f"constexpr std::uint32_t kOffsetMask = 0x{(1 << _OFFSET_BITS) - 1:x}u;",
        f"constexpr int kOffsetBits = {_OFFSET_BITS};",
        "",
        "// What of each memory may be used for buffers.",
        "constexpr std::size_t kRoomBytes[kRegionCount] = {",
        *(f"    {plan.tops_bytes[block.index]}u,  // {comment(block.title)}" for block in blocks),
        "};",
        "",
        "constexpr std::size_t kBlockBytes[kRegionCount] = {",
        *(f"    k{block.constant}Bytes," for block in blocks),
        "};",
        "",
        "// Memory (highest bits) and offset, and size in steps of 16: one entry for each AddBuffer, in order.",
        "struct Placement {",
        "  std::uint32_t place;",
        "  std::uint32_t size;",
        "};",
        f"constexpr Placement kPlacements[{len(entries)}] = {{",
        *entries,
        "};",
        "",
    ]


def _class(made: Firmware) -> list[str]:
    kernels = comment(f"{made.target.kernels.name} kernels, TFLM {made.target.tflm}")
    return f"""\
// Made for {format_count(len(made.methods) + len(made.customs), "operator")} with {kernels}.
// Whatever asks for other buffers is refused while TFLM allocates the tensors, never later.
class ArenaPlanner : public tflite::MicroMemoryPlanner {{
 public:
  explicit ArenaPlanner(std::uint8_t* const* bases) : added_(0) {{
    for (int region = 0; region < kRegionCount; ++region) bases_[region] = bases[region];
  }}

  TfLiteStatus Init(unsigned char*, int) override {{
    added_ = 0;
    return kTfLiteOk;
  }}
  TfLiteStatus AddBuffer(int size, int, int) override {{ return Add(size); }}
  // An offset in the model is for one arena; this table has it for several memories.
  TfLiteStatus AddBuffer(int size, int, int, int) override {{ return Add(size); }}

  std::size_t GetMaximumMemorySize() override {{ return kHeadBytes; }}
  int GetBufferCount() override {{ return added_; }}
  bool preserves_all_tensors() const override {{ return false; }}

  TfLiteStatus GetOffsetForBuffer(int index, int* offset) override {{
    if (added_ != kBufferCount) {{
      MicroPrintf("{made.name}: %d buffers were added, the memory plan has %d; {_ADVICE}", added_, kBufferCount);
      return kTfLiteError;
    }}
    if (index < 0 || index >= kBufferCount) {{
      MicroPrintf("{made.name}: the memory plan has no buffer %d", index);
      return kTfLiteError;
    }}
    *offset = Offset(index);
    return kTfLiteOk;
  }}

 private:
  TfLiteStatus Add(int size) {{
    if (added_ >= kBufferCount) {{
      MicroPrintf("{made.name}: buffer %d was added, the memory plan has %d; {_ADVICE}", added_, kBufferCount);
      return kTfLiteError;
    }}
    const Placement& at = kPlacements[added_];
    if (size < 0 || ((static_cast<std::uint32_t>(size) + 15u) & ~15u) != at.size) {{
      MicroPrintf("{made.name}: buffer %d has %d bytes, the memory plan says %d; {_ADVICE}", added_, size,
                  static_cast<int>(at.size));
      return kTfLiteError;
    }}
    const std::uint32_t region = at.place >> kOffsetBits;
    if (region >= static_cast<std::uint32_t>(kRegionCount) || (at.place & kOffsetMask) > kRoomBytes[region] ||
        at.size > kRoomBytes[region] - (at.place & kOffsetMask)) {{
      MicroPrintf("{made.name}: buffer %d does not lie whole in its memory", added_);
      return kTfLiteError;
    }}
    if (Arena() + static_cast<std::uintptr_t>(static_cast<std::intptr_t>(Offset(added_))) != Address(added_)) {{
      MicroPrintf("{made.name}: buffer %d lies too far from the arena for an offset", added_);
      return kTfLiteError;
    }}
    ++added_;
    return kTfLiteOk;
  }}

  std::uintptr_t Arena() const {{ return reinterpret_cast<std::uintptr_t>(bases_[kArenaRegion]); }}
  std::uintptr_t Address(int index) const {{
    const std::uint32_t place = kPlacements[index].place;
    return reinterpret_cast<std::uintptr_t>(bases_[place >> kOffsetBits]) + (place & kOffsetMask);
  }}
  // From the arena to the buffer; TFLM adds it to the arena's address, so that it may be below zero or wrap.
  int Offset(int index) const {{ return static_cast<int>(static_cast<std::uint32_t>(Address(index) - Arena())); }}

  std::uint8_t* bases_[kRegionCount];
  int added_;

  TF_LITE_REMOVE_VIRTUAL_DELETE
}};

// Returns whether every block is there, begins at a multiple of 16, and meets no other.
bool Usable(std::uint8_t* const* bases) {{
  for (int one = 0; one < kRegionCount; ++one) {{
    const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(bases[one]);
    if (begin == 0 || (begin & 15u) != 0) {{
      MicroPrintf("{made.name}: memory %d is missing, or does not begin at a multiple of 16", one);
      return false;
    }}
    for (int other = 0; other < one; ++other) {{
      const std::uintptr_t there = reinterpret_cast<std::uintptr_t>(bases[other]);
      if (begin < there + kBlockBytes[other] && there < begin + kBlockBytes[one]) {{
        MicroPrintf("{made.name}: memories %d and %d overlap", other, one);
        return false;
      }}
    }}
  }}
  return true;
}}

// No destructor is to run at exit, and no guard is needed: the planner is made in place.
alignas(ArenaPlanner) unsigned char planner_storage[sizeof(ArenaPlanner)];
""".splitlines()


_ADVICE = "export it again for this TFLM and its kernels"


def _functions(blocks: list[_Block]) -> list[str]:
    return [
        "tflite::MicroAllocator* CreateAllocator(const Regions& regions) {",
        f"  std::uint8_t* const bases[kRegionCount] = {{{', '.join(f'regions.{block.field}' for block in blocks)}}};",
        "  if (!Usable(bases)) return nullptr;",
        "  ArenaPlanner* planner = ::new (static_cast<void*>(planner_storage)) ArenaPlanner(bases);",
        "  return tflite::MicroAllocator::Create(bases[kArenaRegion], kBlockBytes[kArenaRegion], planner);",
        "}",
        "",
        "tflite::MicroAllocator* CreateAllocator() {",
        *(
            f"  alignas(16) static std::uint8_t {block.field}[k{block.constant}Bytes] {block.macro}_ATTRIBUTE;"
            for block in blocks
        ),
        f"  const Regions regions = {{{', '.join(block.field for block in blocks)}}};",
        "  return CreateAllocator(regions);",
        "}",
    ]

"""The C++ of a model in parts: the runner that keeps an interpreter for each and hands over from part to part."""

from collections.abc import Mapping

from arenafit.export import cpp
from arenafit.export.cpp_text import origin
from arenafit.export.parts import PartsFirmware
from arenafit.export.rows_conversion_cpp import rows_of
from arenafit.export.rows_cpp import feeder_header, feeder_source

_TFLM = "tensorflow/lite/micro"


def sources(made: PartsFirmware) -> Mapping[str, str]:
    """Return the files by name, in order."""
    found = {
        "model_io.h": cpp.io_header(made.whole),
        "op_resolver.h": cpp.resolver_header(made.whole),
        "parts_runner.h": _header(made),
        "parts_runner.cc": _runner(made),
        "usage.cc": _usage(made),
    }
    rows = rows_of(made.whole)
    if rows is not None:
        found |= {"rows_feeder.h": feeder_header(rows), "rows_feeder.cc": feeder_source(rows)}
    for number, part in enumerate(made.parts, start=1):
        found[f"part_{number}_data.h"] = cpp.model_data_header(part)
        data = cpp.model_data_source(part)
        found[f"part_{number}_data.cc"] = data.replace('"model_data.h"', f'"part_{number}_data.h"', 1)
    return dict(sorted(found.items()))


def _origin(made: PartsFirmware, *, do_not_edit: bool = True) -> str:
    return "\n".join([*origin(made.whole, do_not_edit=do_not_edit), ""])


def _count(made: PartsFirmware, role: str) -> int:
    return sum(item.role == role for item in made.whole.boundaries)


def _header(made: PartsFirmware) -> str:
    return f"""{_origin(made)}
#ifndef {made.whole.name.upper()}_PARTS_RUNNER_H_
#define {made.whole.name.upper()}_PARTS_RUNNER_H_

#include <cstddef>
#include <cstdint>

#include "{_TFLM}/micro_interpreter.h"
#include "op_resolver.h"

namespace {made.whole.name} {{

constexpr int kParts = {len(made.parts)};
// The arena that all parts run in, one after the other: what the largest of them needs, 16-aligned.
constexpr std::size_t kArenaBytes = {made.arena_bytes};
// The parts' tails, one image of each, kept outside the arena: flash, or RAM that may be slow. Read once a frame.
constexpr std::size_t kImagesBytes = {made.images_bytes};

// Runs the parts. One object for the life of the program: its interpreters are never destroyed.
class PartsRunner {{
 public:
  // Keeps a copy of a part's tail, say in flash, and returns where it can be read from then on; nullptr: it cannot.
  typedef const uint8_t* (*KeepImage)(int part, const uint8_t* tail, std::size_t bytes);

  PartsRunner() : ready_(false) {{}}
  PartsRunner(const PartsRunner&) = delete;
  PartsRunner& operator=(const PartsRunner&) = delete;

  // Allocates every part once. `arena` has kArenaBytes and is 16-aligned; `images` has kImagesBytes, in any RAM.
  TfLiteStatus Setup(uint8_t* arena, uint8_t* images);
  // The same with the images where `keep` puts them.
  TfLiteStatus Setup(uint8_t* arena, KeepImage keep);

{_frames_declared(made)}

 private:
  TfLiteStatus Allocate(int part, uint8_t* arena);
  TfLiteStatus Run(int first);
  tflite::MicroInterpreter* interpreter(int part);

  OpResolver resolver_;
  alignas(tflite::MicroInterpreter) unsigned char interpreters_[kParts][sizeof(tflite::MicroInterpreter)];
  uint8_t* tails_[kParts];
  const uint8_t* images_[kParts];
  // Where each part reads what the one before made, and where it makes what the next one reads.
  void* reads_[kParts];
  const void* makes_[kParts];
  void* inputs_[{_count(made, "input")}];
  const void* outputs_[{_count(made, "output")}];
  bool ready_;
}};

}}  // namespace {made.whole.name}

#endif  // {made.whole.name.upper()}_PARTS_RUNNER_H_
"""


def _frames_declared(made: PartsFirmware) -> str:
    """Return how a frame is given and run: by rows, or as a whole."""
    if made.whole.feed is None:
        return """\
  // Where input `index` is to be written, before every Invoke; nullptr before Setup.
  void* Input(int index);
  // Where output `index` stands after Invoke, until the next input is written.
  const void* Output(int index) const;

  // Runs all parts: one frame.
  TfLiteStatus Invoke();"""
    return """\
  // Makes the first part ready for a frame: its tail is put back, and what it knows of a frame begins anew. Outputs of
  // the frame before end to hold. A frame that was not finished is given up.
  TfLiteStatus Begin();
  // The first part, for a RowsFeeder, which may feed it from Begin to Finish.
  tflite::MicroInterpreter& First();
  // Where input `index` is to be written, between Begin and the first row, if it is not the one fed by rows; nullptr
  // before Setup.
  void* Input(int index);
  // Runs the other parts, once the feeder is Done.
  TfLiteStatus Finish();
  // Where output `index` stands after Finish, until the next Begin.
  const void* Output(int index) const;"""


def _frames_defined(made: PartsFirmware) -> str:
    if made.whole.feed is None:
        return "TfLiteStatus PartsRunner::Invoke() { return Run(0); }"
    return """\
tflite::MicroInterpreter& PartsRunner::First() { return *interpreter(0); }

TfLiteStatus PartsRunner::Begin() {
  if (!ready_) return kTfLiteError;
  std::memcpy(tails_[0], images_[0], kTailBytes[0]);
  // What stays from row to row stands in the head, where other parts ran: this sets it as AllocateTensors did.
  return interpreter(0)->Reset();
}

TfLiteStatus PartsRunner::Finish() { return Run(1); }"""


def _runner(made: PartsFirmware) -> str:
    includes = "\n".join(f'#include "part_{number}_data.h"' for number in range(1, len(made.parts) + 1))
    models = ", ".join(f"g_{part.name}_model_data" for part in made.parts)
    tails = ", ".join(map(str, made.tails_bytes))
    handed = ", ".join(map(str, made.handed_bytes))
    return f"""{_origin(made)}
#include "parts_runner.h"

#include <cstring>
#include <new>

{includes}
#include "{_TFLM}/micro_allocator.h"
#include "tensorflow/lite/schema/schema_generated.h"

#ifndef TF_LITE_STATIC_MEMORY
// Without it TFLM's structures have other sizes here than in the library: that links, and faults later.
#error "define TF_LITE_STATIC_MEMORY, as the library was built"
#endif

namespace {made.whole.name} {{
namespace {{

const unsigned char* const kModels[kParts] = {{{models}}};
// A part's tail is its persistent arena: the last so many bytes of the arena.
const std::size_t kTailBytes[kParts] = {{{tails}}};
// What part i hands over to part i + 1.
const std::size_t kHandedBytes[kParts - 1] = {{{handed}}};

}}  // namespace

tflite::MicroInterpreter* PartsRunner::interpreter(int part) {{
  return reinterpret_cast<tflite::MicroInterpreter*>(interpreters_[part]);
}}

TfLiteStatus PartsRunner::Allocate(int part, uint8_t* arena) {{
  const tflite::Model* model = tflite::GetModel(kModels[part]);
  if (model->version() != TFLITE_SCHEMA_VERSION) return kTfLiteError;
  const std::size_t tail = kTailBytes[part];
  tails_[part] = arena + (kArenaBytes - tail);
  tflite::MicroAllocator* allocator = tflite::MicroAllocator::Create(tails_[part], tail, arena, kArenaBytes - tail);
  if (allocator == nullptr) return kTfLiteError;
  // Never destroyed: a destructor would look for the allocator, whose memory belongs to another part by then.
  tflite::MicroInterpreter* made =
      new (interpreters_[part]) tflite::MicroInterpreter(model, resolver_, allocator);
  if (made->AllocateTensors() != kTfLiteOk) return kTfLiteError;
  // The addresses stand in the tail, which the next part overwrites: they are noted while it is valid.
  reads_[part] = made->input(0)->data.data;
  makes_[part] = made->output(0)->data.data;
  if (part > 0 && made->input(0)->bytes != kHandedBytes[part - 1]) return kTfLiteError;
  if (part + 1 < kParts && made->output(0)->bytes != kHandedBytes[part]) return kTfLiteError;
  if (part == 0) {{
    for (std::size_t i = 0; i < sizeof(inputs_) / sizeof(inputs_[0]); ++i) inputs_[i] = made->input(i)->data.data;
  }}
  if (part == kParts - 1) {{
    for (std::size_t i = 0; i < sizeof(outputs_) / sizeof(outputs_[0]); ++i) outputs_[i] = made->output(i)->data.data;
  }}
  return kTfLiteOk;
}}

TfLiteStatus PartsRunner::Setup(uint8_t* arena, uint8_t* images) {{
  ready_ = false;
  if (RegisterOps(resolver_) != kTfLiteOk) return kTfLiteError;
  for (int part = 0; part < kParts; ++part) {{
    if (Allocate(part, arena) != kTfLiteOk) return kTfLiteError;
    std::memcpy(images, tails_[part], kTailBytes[part]);
    images_[part] = images;
    images += kTailBytes[part];
  }}
  ready_ = true;
  return kTfLiteOk;
}}

TfLiteStatus PartsRunner::Setup(uint8_t* arena, KeepImage keep) {{
  ready_ = false;
  if (RegisterOps(resolver_) != kTfLiteOk) return kTfLiteError;
  for (int part = 0; part < kParts; ++part) {{
    if (Allocate(part, arena) != kTfLiteOk) return kTfLiteError;
    images_[part] = keep(part, tails_[part], kTailBytes[part]);
    if (images_[part] == nullptr) return kTfLiteError;
  }}
  ready_ = true;
  return kTfLiteOk;
}}

void* PartsRunner::Input(int index) {{ return ready_ ? inputs_[index] : nullptr; }}

const void* PartsRunner::Output(int index) const {{ return ready_ ? outputs_[index] : nullptr; }}

TfLiteStatus PartsRunner::Run(int first) {{
  if (!ready_) return kTfLiteError;
  for (int part = first; part < kParts; ++part) {{
    // First what is handed over, which may lie where the tail comes to stand; then the tail.
    if (part > 0) std::memmove(reads_[part], makes_[part - 1], kHandedBytes[part - 1]);
    std::memcpy(tails_[part], images_[part], kTailBytes[part]);
    if (interpreter(part)->Invoke() != kTfLiteOk) return kTfLiteError;
  }}
  return kTfLiteOk;
}}

{_frames_defined(made)}

}}  // namespace {made.whole.name}
"""


def _usage(made: PartsFirmware) -> str:
    name = made.whole.name
    feeder = '#include "rows_feeder.h"\n' if made.whole.feed is not None else ""
    return f"""{_origin(made, do_not_edit=False)}
// A starting point to copy: the parts in one arena, their images in RAM that may be slow.

#include <cstdint>

#include "model_io.h"
#include "parts_runner.h"
{feeder}
namespace {{

// This one in the fastest SRAM,
alignas(16) uint8_t tensor_arena[{name}::kArenaBytes];
// this one where there is room. Images in flash take no RAM: give Setup a function that writes them there.
alignas(16) uint8_t images[{name}::kImagesBytes];
{name}::PartsRunner runner;

}}  // namespace

// Returns the runner, ready for frames, or nullptr; TFLM's log then says why.
{name}::PartsRunner* PartsSetup() {{
  return runner.Setup(tensor_arena, images) == kTfLiteOk ? &runner : nullptr;
}}

{_frame_used(made)}
"""


def _frame_used(made: PartsFirmware) -> str:
    name, rows = made.whole.name, rows_of(made.whole)
    if rows is None:
        return f"""\
// One frame: write runner.Input(0) ({name}::kInput0Bytes bytes), call this, read runner.Output(0).
TfLiteStatus PartsInvoke({name}::PartsRunner& parts) {{ return parts.Invoke(); }}"""
    return f"""\
// For every line that the camera (or the microphone's front end) delivers, from the first of a frame to the last;
// `feeder` was made of parts.First(), once, after PartsSetup. True once the frame is over: parts.Output(0) then is what
// the model found, until the next line.
bool PartsLine({name}::PartsRunner& parts, {name}::RowsFeeder& feeder, const {rows.line_kind}* line) {{
  if (feeder.NextRow() == 0 && parts.Begin() != kTfLiteOk) return false;
  if (feeder.FeedRows(line) != kTfLiteOk) {{
    feeder.Restart();
    return false;
  }}
  return feeder.Done() && feeder.NextRow() == 0 && parts.Finish() == kTfLiteOk;
}}"""

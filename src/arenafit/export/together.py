"""Models that run in turn in one arena: activations share it, what persists stays; stock TFLM, no hand-over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from arenafit.export import cpp
from arenafit.export.cpp_text import origin
from arenafit.export.firmware_sources import Firmware

_TFLM = "tensorflow/lite/micro"


@dataclass(frozen=True, slots=True)
class SharedFirmware:
    """The models, and all they need together; `whole` has the operators of all."""

    whole: Firmware
    models: tuple[Firmware, ...]

    @property
    def shared_bytes(self) -> int:
        """What all use in turn: the activations of the largest."""
        return max(model.non_persistent_bytes for model in self.models)

    @property
    def arena_bytes(self) -> int:
        """The whole arena: shared bytes, and each model's own."""
        return self.shared_bytes + sum(model.persistent_bytes for model in self.models)

    @property
    def min_arena_bytes(self) -> int:
        """The whole arena without any margin."""
        shared = max(model.min_non_persistent_bytes for model in self.models)
        return shared + sum(model.min_persistent_bytes for model in self.models)


def shared(name: str, models: Sequence[Firmware]) -> SharedFirmware:
    """Return the models as one firmware called `name`."""
    whole = replace(
        models[0],
        name=name,
        file_name=", ".join(model.file_name for model in models),
        methods=tuple(sorted({method for model in models for method in model.methods})),
        customs=tuple(sorted({item for model in models for item in model.customs}, key=lambda item: item.code)),
        needs=tuple(sorted({need for model in models for need in model.needs}, key=lambda need: need.month)[::-1]),
        estimated=tuple(dict.fromkeys(text for model in models for text in model.estimated)),
    )
    return SharedFirmware(whole, tuple(models))


def sources(made: SharedFirmware) -> Mapping[str, str]:
    """Return the files by name."""
    found = {
        "op_resolver.h": cpp.resolver_header(made.whole),
        "shared_arena.h": _header(made),
        "shared_arena.cc": _source(made),
    }
    for number, model in enumerate(made.models, start=1):
        found[f"model_{number}_data.h"] = cpp.model_data_header(model)
        data = cpp.model_data_source(model)
        found[f"model_{number}_data.cc"] = data.replace('"model_data.h"', f'"model_{number}_data.h"', 1)
    return dict(sorted(found.items()))


def _header(made: SharedFirmware) -> str:
    name = made.whole.name
    return f"""{chr(10).join(origin(made.whole))}

#ifndef {name.upper()}_SHARED_ARENA_H_
#define {name.upper()}_SHARED_ARENA_H_

#include <cstddef>
#include <cstdint>

#include "{_TFLM}/micro_interpreter.h"
#include "op_resolver.h"

namespace {name} {{

constexpr int kModels = {len(made.models)};
// Activations, which the models use in turn: what the largest of them needs.
constexpr std::size_t kSharedBytes = {made.shared_bytes};
// The whole arena: these, and what persists of each model. 16-aligned.
constexpr std::size_t kArenaBytes = {made.arena_bytes};

// Models that run in turn. An Invoke of one overwrites the activations of the others, so write the inputs before, and
// read the outputs after, each model's own Invoke. One object for the life of the program.
class SharedArena {{
 public:
  SharedArena() : ready_(false) {{}}
  SharedArena(const SharedArena&) = delete;
  SharedArena& operator=(const SharedArena&) = delete;

  // Allocates every model once. `arena` has kArenaBytes and is 16-aligned.
  TfLiteStatus Setup(uint8_t* arena);

  // The interpreter of a model, 0 to kModels - 1; nullptr before Setup.
  tflite::MicroInterpreter* model(int index);

 private:
  OpResolver resolver_;
  alignas(tflite::MicroInterpreter) unsigned char interpreters_[kModels][sizeof(tflite::MicroInterpreter)];
  bool ready_;
}};

}}  // namespace {name}

#endif  // {name.upper()}_SHARED_ARENA_H_
"""


def _source(made: SharedFirmware) -> str:
    includes = "\n".join(f'#include "model_{number}_data.h"' for number in range(1, len(made.models) + 1))
    models = ", ".join(f"g_{model.name}_model_data" for model in made.models)
    own = ", ".join(str(model.persistent_bytes) for model in made.models)
    variables = ", ".join(str(model.resource_variables) for model in made.models)
    return f"""{chr(10).join(origin(made.whole))}

#include "shared_arena.h"

#include <new>

{includes}
#include "{_TFLM}/micro_allocator.h"
#include "{_TFLM}/micro_resource_variable.h"
#include "tensorflow/lite/schema/schema_generated.h"

#ifndef TF_LITE_STATIC_MEMORY
// Without it TFLM's structures have other sizes here than in the library: that links, and faults later.
#error "define TF_LITE_STATIC_MEMORY, as the library was built"
#endif

namespace {made.whole.name} {{
namespace {{

const unsigned char* const kModelData[kModels] = {{{models}}};
// What persists of each model, between its Invokes and those of the others.
const std::size_t kOwnBytes[kModels] = {{{own}}};
const int kResourceVariables[kModels] = {{{variables}}};

}}  // namespace

TfLiteStatus SharedArena::Setup(uint8_t* arena) {{
  ready_ = false;
  if (RegisterOps(resolver_) != kTfLiteOk) return kTfLiteError;
  uint8_t* own = arena + kSharedBytes;
  for (int index = 0; index < kModels; ++index) {{
    const tflite::Model* model = tflite::GetModel(kModelData[index]);
    if (model->version() != TFLITE_SCHEMA_VERSION) return kTfLiteError;
    tflite::MicroAllocator* allocator = tflite::MicroAllocator::Create(own, kOwnBytes[index], arena, kSharedBytes);
    if (allocator == nullptr) return kTfLiteError;
    tflite::MicroResourceVariables* variables = nullptr;
    if (kResourceVariables[index] > 0) {{
      variables = tflite::MicroResourceVariables::Create(allocator, kResourceVariables[index]);
      if (variables == nullptr) return kTfLiteError;
    }}
    tflite::MicroInterpreter* made =
        new (interpreters_[index]) tflite::MicroInterpreter(model, resolver_, allocator, variables);
    if (made->AllocateTensors() != kTfLiteOk) return kTfLiteError;
    own += kOwnBytes[index];
  }}
  ready_ = true;
  return kTfLiteOk;
}}

tflite::MicroInterpreter* SharedArena::model(int index) {{
  if (!ready_ || index < 0 || index >= kModels) return nullptr;
  return reinterpret_cast<tflite::MicroInterpreter*>(interpreters_[index]);
}}

}}  // namespace {made.whole.name}
"""

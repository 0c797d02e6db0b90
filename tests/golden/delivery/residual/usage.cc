// Made by arenafit VERSION from residual.tflite.
// sha256 a46898de0ee81ed3c3c9f7205c01147a4b7f940359205f1d695c47f93eb24923
// for cortex-m4 (ilp32, cmsis-nn-dsp kernels, TFLM 2026-08)
// A starting point to copy: how the pieces go together.

#ifndef TF_LITE_STATIC_MEMORY
// Without it TFLM's structures have other sizes here than in the library: that links, and faults later.
#error "define TF_LITE_STATIC_MEMORY, as the library was built"
#endif

#include <cstdint>

#include "arena_size.h"
#include "model_data.h"
#include "model_io.h"
#include "op_resolver.h"
#include "usage.h"
#include "tensorflow/lite/micro/micro_allocator.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_resource_variable.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace {

#ifdef RESIDUAL_TWO_ARENAS
// This one in the fastest SRAM,
alignas(16) uint8_t non_persistent_arena[residual::kNonPersistentArenaBytes];
// this one where there is room, say with a section attribute of your linker script.
alignas(16) uint8_t persistent_arena[residual::kPersistentArenaBytes];

tflite::MicroAllocator* CreateAllocator() {
  return tflite::MicroAllocator::Create(persistent_arena, sizeof(persistent_arena),
                                        non_persistent_arena, sizeof(non_persistent_arena));
}
#else
alignas(16) uint8_t tensor_arena[residual::kArenaBytes];

tflite::MicroAllocator* CreateAllocator() {
  return tflite::MicroAllocator::Create(tensor_arena, sizeof(tensor_arena));
}
#endif  // RESIDUAL_TWO_ARENAS

}  // namespace

// Returns the interpreter, ready to be invoked, or nullptr; TFLM's log then says why,
// and `arenafit explain` what that means.
tflite::MicroInterpreter* ResidualSetup() {
  const tflite::Model* model = tflite::GetModel(g_residual_model_data);
  if (model->version() != TFLITE_SCHEMA_VERSION) return nullptr;
  static residual::OpResolver resolver;
  if (residual::RegisterOps(resolver) != kTfLiteOk) return nullptr;
  tflite::MicroAllocator* allocator = CreateAllocator();
  if (allocator == nullptr) return nullptr;
  static tflite::MicroInterpreter interpreter(model, resolver, allocator);
  if (interpreter.AllocateTensors() != kTfLiteOk) return nullptr;
  return &interpreter;
}

// Write the inputs before every call: TFLM reuses their memory.
TfLiteStatus ResidualInvoke(tflite::MicroInterpreter& interpreter) {
  // A real value becomes value / scale + zero point, rounded and clipped to the type.
  // Scale: residual::kInput0Scale, zero point: residual::kInput0ZeroPoint.
  // interpreter.input(0)->data holds what the model reads,
  // interpreter.output(0)->data what it wrote.
  return interpreter.Invoke();
}

// Made by arenafit VERSION from state.tflite.
// sha256 36b5af9ea7a354bef2aa23f02f5f5523592be5f13e1fd90656a0116ecbfdc941
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

#ifdef STATE_TWO_ARENAS
// This one in the fastest SRAM,
alignas(16) uint8_t non_persistent_arena[state::kNonPersistentArenaBytes];
// this one where there is room, say with a section attribute of your linker script.
alignas(16) uint8_t persistent_arena[state::kPersistentArenaBytes];

tflite::MicroAllocator* CreateAllocator() {
  return tflite::MicroAllocator::Create(persistent_arena, sizeof(persistent_arena),
                                        non_persistent_arena, sizeof(non_persistent_arena));
}
#else
alignas(16) uint8_t tensor_arena[state::kArenaBytes];

tflite::MicroAllocator* CreateAllocator() {
  return tflite::MicroAllocator::Create(tensor_arena, sizeof(tensor_arena));
}
#endif  // STATE_TWO_ARENAS

}  // namespace

// Returns the interpreter, ready to be invoked, or nullptr; TFLM's log then says why,
// and `arenafit explain` what that means.
tflite::MicroInterpreter* StateSetup() {
  const tflite::Model* model = tflite::GetModel(g_state_model_data);
  if (model->version() != TFLITE_SCHEMA_VERSION) return nullptr;
  static state::OpResolver resolver;
  if (state::RegisterOps(resolver) != kTfLiteOk) return nullptr;
  tflite::MicroAllocator* allocator = CreateAllocator();
  if (allocator == nullptr) return nullptr;
  tflite::MicroResourceVariables* variables =
      tflite::MicroResourceVariables::Create(allocator, state::kResourceVariables);
  if (variables == nullptr) return nullptr;
  static tflite::MicroInterpreter interpreter(model, resolver, allocator, variables);
  if (interpreter.AllocateTensors() != kTfLiteOk) return nullptr;
  return &interpreter;
}

// Write the inputs before every call: TFLM reuses their memory.
TfLiteStatus StateInvoke(tflite::MicroInterpreter& interpreter) {
  // interpreter.input(0)->data holds what the model reads,
  // interpreter.output(0)->data what it wrote.
  return interpreter.Invoke();
}

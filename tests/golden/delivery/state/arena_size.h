// Made by arenafit VERSION from state.tflite; do not edit.
// sha256 36b5af9ea7a354bef2aa23f02f5f5523592be5f13e1fd90656a0116ecbfdc941
// for cortex-m4 (ilp32, cmsis-nn-dsp kernels, TFLM 2026-08)

#ifndef STATE_ARENA_SIZE_H_
#define STATE_ARENA_SIZE_H_

#include <cstddef>

namespace state {

// One arena. The smallest in which AllocateTensors succeeds is predicted;
// 1,024 bytes of margin allow for what differs in your build.
constexpr std::size_t kMinArenaBytes = 1056;
constexpr std::size_t kArenaBytes = 2080;

// Or two arenas, for MicroAllocator::Create(persistent, non_persistent). Each has the margin added.
// Non-persistent: activations and scratch buffers. Every Invoke reads and writes all of it several times:
// it belongs in the fastest SRAM.
constexpr std::size_t kNonPersistentArenaBytes = 1456;
// Persistent: tables, operators' data, variables. It may lie in slower memory, such as PSRAM.
constexpr std::size_t kPersistentArenaBytes = 1760;

// How many resource variables MicroResourceVariables::Create must make room for.
constexpr int kResourceVariables = 1;

}  // namespace state

#endif  // STATE_ARENA_SIZE_H_

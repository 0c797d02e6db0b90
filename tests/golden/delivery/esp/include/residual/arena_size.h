// Made by arenafit VERSION from residual.tflite; do not edit.
// sha256 a46898de0ee81ed3c3c9f7205c01147a4b7f940359205f1d695c47f93eb24923
// for ESP32-S3-DevKitC-1 (N8), esp32-s3 (ilp32-int-enums, esp-nn-s3 kernels, TFLM 2026-08)

#ifndef RESIDUAL_ARENA_SIZE_H_
#define RESIDUAL_ARENA_SIZE_H_

#include <cstddef>

namespace residual {

// One arena. The smallest in which AllocateTensors succeeds is predicted;
// 1,024 bytes of margin allow for what differs in your build.
constexpr std::size_t kMinArenaBytes = 7680;
constexpr std::size_t kArenaBytes = 8704;

// Or two arenas, for MicroAllocator::Create(persistent, non_persistent). Each has the margin added.
// Non-persistent: activations and scratch buffers. Every Invoke reads and writes all of it several times:
// it belongs in the fastest SRAM.
constexpr std::size_t kNonPersistentArenaBytes = 7504;
// Persistent: tables, operators' data, variables. It may lie in slower memory, such as PSRAM.
constexpr std::size_t kPersistentArenaBytes = 2224;

// How many resource variables MicroResourceVariables::Create must make room for.
constexpr int kResourceVariables = 0;

}  // namespace residual

#endif  // RESIDUAL_ARENA_SIZE_H_

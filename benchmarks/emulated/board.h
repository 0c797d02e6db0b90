// What the harness needs of an emulated board: a clock in instructions, the host's files, and a console.
//
// The boards are QEMU's mps2-an386 (Cortex-M4F) and, where the compiler makes vector instructions, its mps3-an547
// (Cortex-M55).
#pragma once
#include <cstddef>
#include <cstdint>

namespace board {

#if defined(__ARM_FEATURE_MVE)
inline constexpr std::uintptr_t kLargeMemory = 0x90000000;  // SDRAM
#else
inline constexpr std::uintptr_t kLargeMemory = 0x21000000;  // PSRAM
#endif
inline constexpr std::size_t kLargeMemoryBytes = 16u << 20;

// Starts a count on a clock edge; Stop returns the instructions since, to within about 4.
std::uint64_t StartCount();
std::uint64_t StopCount(std::uint64_t start);
// The clock now, in instructions to within a tick, counting up; it wraps.
std::uint32_t Now();

void Print(const char* format, ...);
[[noreturn]] void Exit(int code);
// Reads a host file whole; returns its size, or -1 if it cannot be read or is larger than `room`.
long ReadFile(const char* path, void* to, std::size_t room);
// Creates a host file; returns what WriteFile takes to append to it, or -1. It is closed with the program.
long CreateFile(const char* path);
bool WriteFile(long file, const void* from, std::size_t bytes);
// Splits the semihosting command line into words; returns how many.
int Arguments(const char** words, int room);

}  // namespace board

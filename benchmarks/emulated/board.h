// What the harness needs of the emulated board: a clock in instructions, the host's files, and a console.
#pragma once
#include <cstddef>
#include <cstdint>

namespace board {

inline constexpr std::uintptr_t kLargeMemory = 0x21000000;  // 16 MiB of PSRAM on the AN386 image
inline constexpr std::size_t kLargeMemoryBytes = 16u << 20;

// Starts a count on a clock edge; Stop returns the instructions since, to within about 4.
std::uint64_t StartCount();
std::uint64_t StopCount(std::uint64_t start);
// The clock now, in units of 40 instructions, counting up.
std::uint32_t Ticks();

void Print(const char* format, ...);
[[noreturn]] void Exit(int code);
// Reads a host file whole; returns its size, or -1 if it cannot be read or is larger than `room`.
long ReadFile(const char* path, void* to, std::size_t room);
// Splits the semihosting command line into words; returns how many.
int Arguments(const char** words, int room);

}  // namespace board

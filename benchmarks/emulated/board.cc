// QEMU's mps2-an386 (Cortex-M4F) and mps3-an547 (Cortex-M55): start-up, semihosting, and a timer as an instruction counter.
//
// Under `-icount shift=0` one instruction takes 1 ns of virtual time. The CMSDK timer of the AN386 counts down at 25 MHz:
// one tick is 40 instructions. The system counter of the AN547 counts up at 32 MHz: one tick is 31.25 instructions.
// Counts begin on a tick and the rest after the last tick is found by waiting for the next.
#include "board.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <sys/stat.h>

extern "C" {
extern char __stack[], __bss_start[], __bss_end[], __heap_start[];
extern void (*__init_array_start[])();
extern void (*__init_array_end[])();
int main();

namespace {

long Semihost(long operation, const void* block) {
  register long r0 asm("r0") = operation;
  register const void* r1 asm("r1") = block;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void Fault() {
  board::Print("FAULT\n");
  board::Exit(3);
}

}  // namespace

[[noreturn]] void Reset() {
  *reinterpret_cast<volatile std::uint32_t*>(0xE000ED88) |= 0xFu << 20;  // CPACR: switch the FPU on
  asm volatile("dsb\n isb");
  for (char* byte = __bss_start; byte != __bss_end; ++byte) *byte = 0;
  for (auto* init = __init_array_start; init != __init_array_end; ++init) (*init)();
  board::Exit(main());
}

// What newlib asks of a system.
char* _sbrk(int bytes) {
  static char* end = __heap_start;
  char* start = end;
  end += bytes;
  return start;
}
[[noreturn]] void _exit(int code) { board::Exit(code); }
int _kill(int, int) {
  board::Print("ABORT\n");
  board::Exit(4);
}
int _getpid() { return 1; }
int _write(int, const char*, int length) { return length; }
int _read(int, char*, int) { return 0; }
int _close(int) { return -1; }
int _lseek(int, int, int) { return 0; }
int _isatty(int) { return 1; }
int _fstat(int, struct stat* status) {
  status->st_mode = S_IFCHR;
  return 0;
}
void* __dso_handle = nullptr;
void _init() {}
void _fini() {}
}

using Handler = void (*)();
__attribute__((section(".vectors"), used)) const Handler kVectors[16] = {
    reinterpret_cast<Handler>(__stack), Reset, Fault, Fault, Fault, Fault, Fault};

namespace board {
namespace {

using Register = volatile std::uint32_t* const;
#if defined(__ARM_FEATURE_MVE)
Register kControl = reinterpret_cast<Register>(0x58100000);  // CNTCR of the system counter, as secure code sees it
Register kValue = reinterpret_cast<Register>(0x58000000);    // CNTPCT of timer 0: the counter's low word
constexpr std::uint32_t kQuartersPerTick = 125;
constexpr bool kCountsDown = false;
#else
Register kControl = reinterpret_cast<Register>(0x40000000);  // CMSDK timer 0
Register kValue = kControl + 1;
Register kReload = kControl + 2;
constexpr std::uint32_t kQuartersPerTick = 160;
constexpr bool kCountsDown = true;
#endif

void Begin() {
  if (*kControl & 1) return;
#if !defined(__ARM_FEATURE_MVE)
  *kReload = *kValue = 0xFFFFFFFF;
#endif
  *kControl = 1;
}

std::uint32_t Between(std::uint32_t start, std::uint32_t end) { return kCountsDown ? start - end : end - start; }

// Waits for the value to change; returns how many loops of 4 instructions that took.
__attribute__((noinline)) std::uint32_t WaitForTick(std::uint32_t value) {
  std::uint32_t loops = 0, now;
  asm volatile(
      "1: ldr %1, [%2]\n adds %0, #1\n cmp %1, %3\n beq 1b\n"
      : "+l"(loops), "=&l"(now)
      : "l"(kValue), "l"(value)
      : "cc", "memory");
  return loops;
}

}  // namespace

std::uint64_t StartCount() {
  Begin();
  WaitForTick(*kValue);
  return *kValue;
}

std::uint64_t StopCount(std::uint64_t start) {
  const std::uint32_t end = *kValue;
  const std::uint32_t rest = WaitForTick(end) * 16;
  const std::uint32_t used = rest < kQuartersPerTick ? kQuartersPerTick - rest : 0;
  const std::uint64_t ticks = Between(static_cast<std::uint32_t>(start), end);
  return (ticks * kQuartersPerTick + used) / 4;
}

std::uint32_t Now() {
  Begin();
  const std::uint64_t quarters = std::uint64_t{Between(kCountsDown ? 0xFFFFFFFF : 0, *kValue)} * kQuartersPerTick;
  return static_cast<std::uint32_t>(quarters / 4);
}

void Print(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  Semihost(0x04, text);  // SYS_WRITE0
}

void Exit(int code) {
  const long block[] = {0x20026, code};  // ADP_Stopped_ApplicationExit
  Semihost(0x20, block);                 // SYS_EXIT_EXTENDED
  for (;;) {
  }
}

long ReadFile(const char* path, void* to, std::size_t room) {
  long length = 0;
  while (path[length]) ++length;
  const long name[] = {reinterpret_cast<long>(path), 1, length};
  const long file = Semihost(0x01, name);  // SYS_OPEN, "rb"
  if (file < 0) return -1;
  const long size = Semihost(0x0C, &file);  // SYS_FLEN
  if (size < 0 || static_cast<std::size_t>(size) > room) return -1;
  const long read[] = {file, reinterpret_cast<long>(to), size};
  return Semihost(0x06, read) == 0 ? size : -1;  // SYS_READ returns the bytes not read
}

long CreateFile(const char* path) {
  long length = 0;
  while (path[length]) ++length;
  const long name[] = {reinterpret_cast<long>(path), 5, length};
  return Semihost(0x01, name);  // SYS_OPEN, "wb"
}

bool WriteFile(long file, const void* from, std::size_t bytes) {
  const long write[] = {file, reinterpret_cast<long>(from), static_cast<long>(bytes)};
  return Semihost(0x05, write) == 0;  // SYS_WRITE returns the bytes not written
}

int Arguments(const char** words, int room) {
  static char line[512];
  long block[] = {reinterpret_cast<long>(line), sizeof line};
  if (Semihost(0x15, block) != 0) return 0;  // SYS_GET_CMDLINE
  int count = 0;
  for (char* at = line; *at && count < room;) {
    while (*at == ' ') *at++ = 0;
    if (!*at) break;
    words[count++] = at;
    while (*at && *at != ' ') ++at;
  }
  return count;
}

}  // namespace board

"""The C++ sources of a model, each as a text; the same model gives the same text."""

import numpy as np

from arenafit.export.cpp_text import comment, header, joined, literal, origin
from arenafit.export.firmware_sources import BoundaryTensor, Firmware
from arenafit.export.rows_cpp import usage_lines
from arenafit.units import format_count, format_size

_BYTES_PER_LINE = 16
_TFLM = "tensorflow/lite/micro"
# Two frames more, of WhileEval (while.cc) and InvokeSubgraph (micro_interpreter_graph.cc), each with r4 to r11 and lr,
# aligned to 8 bytes. Derived from the sources and the procedure call standard, not measured.
_STACK_OF_A_LOOP_BYTES = 2 * 40


def model_data_header(made: Firmware) -> str:
    """Return the declaration of the model's array."""
    array = f"g_{made.name}_model_data"
    body = [
        f"extern const unsigned char {array}[];",
        f"constexpr unsigned int {array}_size = {len(made.content)};",
    ]
    return header(made, "MODEL_DATA", [], body)


def model_data_source(made: Firmware) -> str:
    """Return the model's array; const, so that it stays in flash."""
    array = f"g_{made.name}_model_data"
    content = made.content
    rows = (content[start : start + _BYTES_PER_LINE] for start in range(0, len(content), _BYTES_PER_LINE))
    lines = [
        *origin(made),
        "",
        '#include "model_data.h"',
        "",
        "// TFLM reads the model in place: it must stay 16-aligned and const.",
        f"alignas(16) const unsigned char {array}[] = {{",
        *(f"    {', '.join(f'0x{byte:02x}' for byte in row)}," for row in rows),
        "};",
    ]
    return joined(lines)


def arena_header(made: Firmware) -> str:
    """Return the sizes of the arena, as one and as two."""
    margin = f"{format_size(made.margin_bytes)} bytes of margin"
    body = [
        *(f"// ESTIMATED: {comment(text)}" for text in made.estimated),
        "// One arena. The smallest in which AllocateTensors succeeds is predicted;",
        f"// {margin} allow for what differs in your build.",
        f"constexpr std::size_t kMinArenaBytes = {made.min_arena_bytes};",
        f"constexpr std::size_t kArenaBytes = {made.arena_bytes};",
        "",
        "// Or two arenas, for MicroAllocator::Create(persistent, non_persistent). Each has the margin added.",
        "// Non-persistent: activations and scratch buffers. Every Invoke reads and writes all of it several times:",
        "// it belongs in the fastest SRAM.",
        f"constexpr std::size_t kNonPersistentArenaBytes = {made.non_persistent_bytes};",
        "// Persistent: tables, operators' data, variables. It may lie in slower memory, such as PSRAM.",
        f"constexpr std::size_t kPersistentArenaBytes = {made.persistent_bytes};",
        "",
        "// How many resource variables MicroResourceVariables::Create must make room for.",
        f"constexpr int kResourceVariables = {made.resource_variables};",
    ]
    return header(made, "ARENA_SIZE", ["<cstddef>"], body, namespace=True)


def resolver_header(made: Firmware) -> str:
    """Return the resolver with the operators of all graphs and no other."""
    count = max(1, made.operators)
    kind = f"tflite::MicroMutableOpResolver<{count}>"
    yours = [
        line
        for op in made.customs
        for line in (
            f"// You define this one: the kernel of custom operator '{comment(op.code)}'.",
            f"const TFLMRegistration* {op.register_function}();",
            "",
        )
    ]
    body = [
        f"// {format_count(made.operators, 'operator')}: those the model has, in all of its subgraphs.",
        f"using OpResolver = {kind};",
        "",
        "inline TfLiteStatus RegisterOps(OpResolver& resolver) {",
        *(_registered(f"resolver.{method}()") for method in made.methods),
        *(_registered(f'resolver.AddCustom("{literal(op.code)}", {op.register_function}())') for op in made.customs),
        *([] if made.operators else ["  (void)resolver;"]),
        "  return kTfLiteOk;",
        "}",
    ]
    includes = [f'"{_TFLM}/micro_mutable_op_resolver.h"']
    return header(made, "OP_RESOLVER", includes, body, before=yours, namespace=True)


def _registered(call: str) -> str:
    return f"  if ({call} != kTfLiteOk) return kTfLiteError;"


def io_header(made: Firmware) -> str:
    """Return shapes, sizes and quantisation of inputs and outputs."""
    body = ["// real = scale * (stored - zero_point)"]
    for boundary in made.boundaries:
        body += ["", *_boundary(boundary)]
    return header(made, "MODEL_IO", ["<cstddef>"], body, namespace=True)


def _boundary(boundary: BoundaryTensor) -> list[str]:
    prefix = f"k{boundary.role.capitalize()}{boundary.index}"
    dims = boundary.shape or (1,)
    shape = ", ".join(map(str, dims))
    lines = [
        f"// {boundary.role} {boundary.index}: {boundary.dtype} '{comment(boundary.name)}'",
        f"constexpr std::size_t {prefix}Bytes = {boundary.size_bytes};",
        f"constexpr int {prefix}Rank = {len(boundary.shape)};",
        f"constexpr int {prefix}Shape[{len(dims)}] = {{{shape}}};",
    ]
    if boundary.scale is not None:
        lines += [
            f"constexpr float {prefix}Scale = {_float(boundary.scale)};",
            f"constexpr int {prefix}ZeroPoint = {boundary.zero_point};",
        ]
    return lines


def _float(value: float) -> str:
    # The shortest decimal that a compiler turns into the same float32.
    return f"{np.format_float_scientific(np.float32(value), unique=True, trim='0')}f"


def usage(made: Firmware, include: str | None = None, *, planner: bool = False) -> str:
    """Return a starting point for the application: one arena or two, or with the `planner` for several memories."""
    names = ("arena_size", "model_data", "model_io", "op_resolver", *(("rows_feeder",) if made.feed else ()))
    own = [f'#include "{name}.h"' for name in names]
    own = ['#include "arena_planner.h"', *own] if planner else own
    lines = [
        *origin(made, do_not_edit=False),
        "// A starting point to copy: how the pieces go together.",
        *_stack_note(made),
        "",
        "#ifndef TF_LITE_STATIC_MEMORY",
        "// Without it TFLM's structures have other sizes here than in the library: that links, and faults later.",
        '#error "define TF_LITE_STATIC_MEMORY, as the library was built"',
        "#endif",
        "",
        "#include <cstdint>",
        "",
        *([*own, '#include "usage.h"'] if include is None else [f'#include "{include}"']),
        f'#include "{_TFLM}/micro_allocator.h"',
        f'#include "{_TFLM}/micro_interpreter.h"',
        f'#include "{_TFLM}/micro_resource_variable.h"',
        '#include "tensorflow/lite/schema/schema_generated.h"',
        "",
        *_allocator(made, planner=planner),
        "// Returns the interpreter, ready to be invoked, or nullptr; TFLM's log then says why,",
        "// and `arenafit explain` what that means.",
        f"tflite::MicroInterpreter* {_camel(made.name)}Setup() {{",
        f"  const tflite::Model* model = tflite::GetModel(g_{made.name}_model_data);",
        "  if (model->version() != TFLITE_SCHEMA_VERSION) return nullptr;",
        f"  static {made.name}::OpResolver resolver;",
        f"  if ({made.name}::RegisterOps(resolver) != kTfLiteOk) return nullptr;",
        f"  tflite::MicroAllocator* allocator = {f'{made.name}::' if planner else ''}CreateAllocator();",
        "  if (allocator == nullptr) return nullptr;",
        *_variables(made),
        "  static tflite::MicroInterpreter interpreter(model, resolver, allocator"
        + (", variables);" if made.resource_variables else ");"),
        "  if (interpreter.AllocateTensors() != kTfLiteOk) return nullptr;",
        "  return &interpreter;",
        "}",
        "",
        *(usage_lines(made, _camel(made.name)) or _invocation(made)),
    ]
    return joined(lines)


def _allocator(made: Firmware, *, planner: bool) -> list[str]:
    if planner:
        return []
    macro = f"{made.name.upper()}_TWO_ARENAS"
    return [
        "namespace {",
        "",
        f"#ifdef {macro}",
        "// This one in the fastest SRAM,",
        f"alignas(16) uint8_t non_persistent_arena[{made.name}::kNonPersistentArenaBytes];",
        "// this one where there is room, say with a section attribute of your linker script.",
        f"alignas(16) uint8_t persistent_arena[{made.name}::kPersistentArenaBytes];",
        "",
        "tflite::MicroAllocator* CreateAllocator() {",
        "  return tflite::MicroAllocator::Create(persistent_arena, sizeof(persistent_arena),",
        "                                        non_persistent_arena, sizeof(non_persistent_arena));",
        "}",
        "#else",
        f"alignas(16) uint8_t tensor_arena[{made.name}::kArenaBytes];",
        "",
        "tflite::MicroAllocator* CreateAllocator() {",
        "  return tflite::MicroAllocator::Create(tensor_arena, sizeof(tensor_arena));",
        "}",
        f"#endif  // {macro}",
        "",
        "}  // namespace",
        "",
    ]


def _variables(made: Firmware) -> list[str]:
    if not made.resource_variables:
        return []
    call = f"tflite::MicroResourceVariables::Create(allocator, {made.name}::kResourceVariables)"
    return [
        "  tflite::MicroResourceVariables* variables =",
        f"      {call};",
        "  if (variables == nullptr) return nullptr;",
    ]


def usage_header(made: Firmware) -> str:
    """Return the declarations of what `usage` defines, for the rest of the application."""
    camel = _camel(made.name)
    body = [
        "// Returns the interpreter, ready to be invoked, or nullptr; TFLM's log then says why.",
        f"tflite::MicroInterpreter* {camel}Setup();",
        "",
    ]
    fed = [f"{line.removesuffix(' {')};" for line in usage_lines(made, camel) if line.startswith("bool ")]
    if fed:
        told = "// Takes a line of a frame; true once the frame is over and the outputs are there."
        includes = [f'"{_TFLM}/micro_interpreter.h"', '"rows_feeder.h"']
        return header(made, "USAGE", includes, [*body, told, *fed])
    body += [
        "// Runs the model once; write the inputs before every call.",
        f"TfLiteStatus {camel}Invoke(tflite::MicroInterpreter& interpreter);",
    ]
    return header(made, "USAGE", [f'"{_TFLM}/micro_interpreter.h"'], body)


def _stack_note(made: Firmware) -> list[str]:
    if "AddWhile" not in made.methods:
        return []
    return [
        f"// It has loops: on a Cortex-M4 each level takes about {_STACK_OF_A_LOOP_BYTES} bytes of stack more: two",
        "// frames of saved registers, derived from TFLM's sources, not measured; what a compiler spills comes on top.",
    ]


def _invocation(made: Firmware) -> list[str]:
    first = next((item for item in made.boundaries if item.role == "input"), None)
    lines = [
        "// Write the inputs before every call: TFLM reuses their memory.",
        f"TfLiteStatus {_camel(made.name)}Invoke(tflite::MicroInterpreter& interpreter) {{",
    ]
    if first is not None and first.scale is not None:
        lines += [
            "  // A real value becomes value / scale + zero point, rounded and clipped to the type.",
            f"  // Scale: {made.name}::kInput0Scale, zero point: {made.name}::kInput0ZeroPoint.",
        ]
    if first is not None:
        lines.append("  // interpreter.input(0)->data holds what the model reads,")
    return [*lines, "  // interpreter.output(0)->data what it wrote.", "  return interpreter.Invoke();", "}"]


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))

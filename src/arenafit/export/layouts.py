"""Where the files go: beside each other, as an Arduino library, as an ESP-IDF component."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from arenafit._version import __version__
from arenafit.export import cpp
from arenafit.export.arena_planner import planner_header, planner_source
from arenafit.export.firmware_sources import Firmware
from arenafit.export.libraries import esp_component, must_run_on
from arenafit.export.rows_conversion_cpp import rows_of
from arenafit.export.rows_cpp import feeder_header, feeder_source
from arenafit.memories import MemoryPlan

Files = Mapping[str, str]  # text by path within the folder


class SourceLayout(StrEnum):
    """For what the files are arranged."""

    PLAIN = "plain"
    ARDUINO = "arduino"
    ESP_IDF = "esp-idf"


def lay_out(made: Firmware, layout: SourceLayout, memories: MemoryPlan | None = None) -> Files:
    """Return the files of a model in `layout`, by path, in order; `memories` adds the planner for several memories."""
    headers, sources = _headers(made), {"model_data": cpp.model_data_source(made)}
    if memories is not None:
        headers["arena_planner.h"] = planner_header(made, memories)
        sources["arena_planner"] = planner_source(made, memories)
    rows = rows_of(made)
    if rows is not None:
        headers["rows_feeder.h"] = feeder_header(rows)
        sources["rows_feeder"] = feeder_source(rows)
    parts = _Parts(made, headers, sources, planner=memories is not None)
    return dict(sorted(_LAYOUTS[layout](parts).items()))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What every layout arranges: headers by file name, sources by name without an ending."""

    made: Firmware
    headers: Mapping[str, str]
    sources: Mapping[str, str]
    planner: bool


def _headers(made: Firmware) -> dict[str, str]:
    return {
        "arena_size.h": cpp.arena_header(made),
        "model_data.h": cpp.model_data_header(made),
        "model_io.h": cpp.io_header(made),
        "op_resolver.h": cpp.resolver_header(made),
    }


def _plain(parts: _Parts) -> Files:
    return {
        **parts.headers,
        **{f"{name}.cc": text for name, text in parts.sources.items()},
        "usage.cc": cpp.usage(parts.made, planner=parts.planner),
        "usage.h": cpp.usage_header(parts.made),
    }


def _arduino(parts: _Parts) -> Files:
    made = parts.made
    must_run_on(made, "arduino")
    main = f"{made.name}.h"
    return {
        **{f"src/{name}": text for name, text in parts.headers.items()},
        **{f"src/{name}.cpp": text for name, text in parts.sources.items()},
        f"src/{main}": "".join(f'#include "{name}"\n' for name in sorted(parts.headers)),
        "library.properties": _library_properties(made, main),
        "examples/usage/usage.ino": _sketch(parts, main),
    }


def _library_properties(made: Firmware, main: str) -> str:
    fields = {
        "name": made.name,
        "version": "1.0.0",
        "author": f"arenafit {__version__}",
        "maintainer": f"arenafit {__version__}",
        "sentence": f"The model {made.name} for TensorFlow Lite Micro.",
        "paragraph": "Its data, the size of its arena, its operators, its inputs and outputs.",
        "category": "Data Processing",
        "url": "https://github.com/tensorflow/tflite-micro",
        "architectures": "*",
        "includes": main,
    }
    return "".join(f"{key}={value}\n" for key, value in fields.items())


def _sketch(parts: _Parts, main: str) -> str:
    made = parts.made
    camel = "".join(part[:1].upper() + part[1:] for part in made.name.split("_"))
    body = cpp.usage(made, main, planner=parts.planner)
    # Arduino finds a library by the header at its top; TFLM's is called TensorFlowLite.h.
    text = body.replace("#include <cstdint>\n", "#include <TensorFlowLite.h>\n\n#include <cstdint>\n", 1)
    if made.feed is not None:
        return f"{text}\n{_fed_sketch(made, camel)}"
    return (
        f"{text}\n"
        "static tflite::MicroInterpreter* interpreter = nullptr;\n\n"
        f"void setup() {{ interpreter = {camel}Setup(); }}\n\n"
        "void loop() {\n"
        f"  if (interpreter != nullptr) {camel}Invoke(*interpreter);\n"
        "}\n"
    )


def _fed_sketch(made: Firmware, camel: str) -> str:
    rows = rows_of(made)
    kind = "uint8_t" if rows is None or rows.takes_pixels else rows.kind
    return (
        f"static {made.name}::RowsFeeder* feeder = nullptr;\n"
        f"static {kind} line[{made.name}::kRowElements];\n\n"
        "void setup() {\n"
        f"  tflite::MicroInterpreter* interpreter = {camel}Setup();\n"
        "  if (interpreter == nullptr) return;\n"
        f"  static {made.name}::RowsFeeder made(*interpreter);\n"
        "  feeder = &made;\n"
        "}\n\n"
        "void loop() {\n"
        "  // Read the next line of the camera into `line` here.\n"
        f"  if (feeder != nullptr) {camel}Line(*feeder, line);\n"
        "}\n"
    )


def _esp_idf(parts: _Parts) -> Files:
    made = parts.made
    headers = {**parts.headers, "usage.h": cpp.usage_header(made)}
    sources = {
        f"{name}.cc": text.replace(f'"{name}.h"', f'"{made.name}/{name}.h"', 1) for name, text in parts.sources.items()
    }
    example = cpp.usage(made, planner=parts.planner)
    for name in headers:
        example = example.replace(f'#include "{name}"', f'#include "{made.name}/{name}"', 1)
    listed = " ".join(f'"{name}"' for name in reversed(sources))
    return {
        **{f"include/{made.name}/{name}": text for name, text in headers.items()},
        **sources,
        "usage.cc": example,
        "CMakeLists.txt": (
            "# usage.cc is a starting point to copy into your main component.\n"
            f"idf_component_register(SRCS {listed}\n"
            '                       INCLUDE_DIRS "include"\n'
            "                       REQUIRES esp-tflite-micro)\n"
        ),
        "idf_component.yml": (
            f'version: "1.0.0"\ndescription: "The model {made.name} for TensorFlow Lite Micro"\n'
            f'dependencies:\n  espressif/esp-tflite-micro: ">={esp_component(made)}"\n'
        ),
    }


_LAYOUTS: Mapping[SourceLayout, Callable[[_Parts], Files]] = {
    SourceLayout.PLAIN: _plain,
    SourceLayout.ARDUINO: _arduino,
    SourceLayout.ESP_IDF: _esp_idf,
}

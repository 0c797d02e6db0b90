"""Where the files go: beside each other, as an Arduino library, as an ESP-IDF component."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from arenafit._version import __version__
from arenafit.export import cpp
from arenafit.export.firmware import Firmware
from arenafit.export.libraries import esp_component, must_run_on

Files = Mapping[str, str]  # text by path within the folder


class SourceLayout(StrEnum):
    """For what the files are arranged."""

    PLAIN = "plain"
    ARDUINO = "arduino"
    ESP_IDF = "esp-idf"


def lay_out(made: Firmware, layout: SourceLayout) -> Files:
    """Return the files of a model in `layout`, by path, in order."""
    return dict(sorted(_LAYOUTS[layout](made).items()))


def _headers(made: Firmware) -> dict[str, str]:
    return {
        "arena_size.h": cpp.arena_header(made),
        "model_data.h": cpp.model_data_header(made),
        "model_io.h": cpp.io_header(made),
        "op_resolver.h": cpp.resolver_header(made),
    }


def _plain(made: Firmware) -> Files:
    return {
        **_headers(made),
        "model_data.cc": cpp.model_data_source(made),
        "usage.cc": cpp.usage(made),
        "usage.h": cpp.usage_header(made),
    }


def _arduino(made: Firmware) -> Files:
    must_run_on(made, "arduino")
    sources = {f"src/{name}": text for name, text in _headers(made).items()}
    main = f"{made.name}.h"
    return {
        **sources,
        "src/model_data.cpp": cpp.model_data_source(made),
        f"src/{main}": "".join(f'#include "{name}"\n' for name in sorted(_headers(made))),
        "library.properties": _library_properties(made, main),
        "examples/usage/usage.ino": _sketch(made, main),
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


def _sketch(made: Firmware, main: str) -> str:
    camel = "".join(part[:1].upper() + part[1:] for part in made.name.split("_"))
    body = cpp.usage(made, main)
    # Arduino finds a library by the header at its top; TFLM's is called TensorFlowLite.h.
    text = body.replace("#include <cstdint>\n", "#include <TensorFlowLite.h>\n\n#include <cstdint>\n", 1)
    return (
        f"{text}\n"
        "static tflite::MicroInterpreter* interpreter = nullptr;\n\n"
        f"void setup() {{ interpreter = {camel}Setup(); }}\n\n"
        "void loop() {\n"
        f"  if (interpreter != nullptr) {camel}Invoke(*interpreter);\n"
        "}\n"
    )


def _esp_idf(made: Firmware) -> Files:
    headers = {**_headers(made), "usage.h": cpp.usage_header(made)}
    sources = {f"include/{made.name}/{name}": text for name, text in headers.items()}
    data = cpp.model_data_source(made).replace('"model_data.h"', f'"{made.name}/model_data.h"', 1)
    example = cpp.usage(made)
    for name in (*_headers(made), "usage.h"):
        example = example.replace(f'#include "{name}"', f'#include "{made.name}/{name}"', 1)
    return {
        **sources,
        "model_data.cc": data,
        "usage.cc": example,
        "CMakeLists.txt": (
            "# usage.cc is a starting point to copy into your main component.\n"
            'idf_component_register(SRCS "model_data.cc"\n'
            '                       INCLUDE_DIRS "include"\n'
            "                       REQUIRES esp-tflite-micro)\n"
        ),
        "idf_component.yml": (
            f'version: "1.0.0"\ndescription: "The model {made.name} for TensorFlow Lite Micro"\n'
            f'dependencies:\n  espressif/esp-tflite-micro: ">={esp_component(made)}"\n'
        ),
    }


_LAYOUTS: Mapping[SourceLayout, Callable[[Firmware], Files]] = {
    SourceLayout.PLAIN: _plain,
    SourceLayout.ARDUINO: _arduino,
    SourceLayout.ESP_IDF: _esp_idf,
}

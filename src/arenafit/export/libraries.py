"""Whether the library that a layout is for has what a model needs, and which version of it does."""

from arenafit.errors import UnsupportedModelError
from arenafit.export.firmware_sources import Firmware
from arenafit.targets.releases import products
from arenafit.validity.release import Need

_ESP = "esp-tflite-micro"
# What a component's manifest asks for where nothing newer is needed.
_ESP_OLDEST = "1.3.0"


def esp_component(made: Firmware) -> str:
    """Return the oldest version of espressif/esp-tflite-micro, from 1.3.0 on, that has what the model needs.

    Raises:
        UnsupportedModelError: if none that is known has it.
    """
    releases = products()[_ESP].releases
    oldest = next(index for index, row in enumerate(releases) if row.version == _ESP_OLDEST)
    for row in releases[oldest:]:
        if not made.needs or row.tflm >= made.needs[0].day:
            return row.version
    last = releases[-1]
    raise too_old(made.needs[0], f"{products()[_ESP].title} {last.version}", last.tflm, _ESP)


def must_run_on(made: Firmware, product: str) -> None:
    """Refuse a model that the newest version of `product` does not run.

    Raises:
        UnsupportedModelError: with the operator, and the command that makes a model for it.
    """
    last = products()[product].releases[-1]
    if made.needs and made.needs[0].day > last.tflm:
        raise too_old(made.needs[0], f"{products()[product].title} {last.version}", last.tflm, product)


def too_old(need: Need, library: str, tflm: str, name: str) -> UnsupportedModelError:
    """Return the error of a library that is too old for a model."""
    return UnsupportedModelError(
        f"{need.operator}: {need.what} is in TFLM since {need.day}, {library} is of {tflm}: `arenafit fit ORIGINAL -o"
        f" SMALLER --tflm {name}` puts in nothing newer; what the original itself holds must be converted otherwise"
    )

"""The scratch sizes of ESP-NN: its generic kernels need none, those with vector instructions room for copies.

Mirrors src/convolution/esp_nn_conv_{opt,esp32s3,esp32p4}.c and esp_nn_depthwise_conv_{opt,s8_esp32s3,esp32p4}.c of
esp-nn 1.1.0 to 1.2.3 (d45b843c), called by tensorflow/lite/micro/kernels/esp_nn/conv.cc and depthwise_conv.cc of
esp-tflite-micro 1.4.0 (99f49e14). The sizes were compared with what these functions return; no kernel ran on a device.
"""

from arenafit.ir import DType
from arenafit.kernels._conv import OP_DATA, ConvAxis, axes
from arenafit.kernels._esp_nn_order import WHOLE_3X3_BYTES
from arenafit.kernels.protocol import Requests
from arenafit.targets.abi import INT, struct
from arenafit.targets.libraries import Feature, Version
from arenafit.units import align_up

CONV_OP_DATA = struct(OP_DATA, INT)

# From this size on the ESP32-S3's depthwise kernels copy the rows of one window only: 3x3 in bytes, others in words.
_WHOLE_WORDS_BYTES = 48 * 1024
# L1D_BUDGET of esp_nn_conv_esp32p4.c
_P4_CACHE_BYTES = 32768
_P4_MARGIN_BYTES = 32


def convolution(requests: Requests) -> None:
    """Ask for what CONV_2D's Prepare wants for 8-bit inputs, whatever the filter, behind the reference's requests."""
    input_, filter_, output = requests.needed_input(0), requests.needed_input(1), requests.needed_output(0)
    if input_.dtype is not DType.INT8:
        return
    height, width = axes(requests, input_, filter_, output)
    channels = requests.shape(input_)[3], requests.shape(output)[3]
    size_bytes = 0
    if requests.kernel_library.has(Feature.ESP32S3):
        size_bytes = _convolution_s3_bytes(requests, channels, height, width)
    elif requests.kernel_library.has(Feature.ESP32P4):
        size_bytes = _convolution_p4_bytes(requests, channels, height, width)
    if size_bytes > 0:
        requests.scratch(size_bytes, "copies for the convolution")


def depthwise(requests: Requests) -> None:
    """Ask for what DEPTHWISE_CONV_2D's Prepare wants for 8-bit inputs, behind the reference's requests."""
    input_, filter_, output = requests.needed_input(0), requests.needed_input(1), requests.needed_output(0)
    if input_.dtype is not DType.INT8 or not requests.kernel_library.has(Feature.ESP32S3):
        return
    sides = axes(requests, input_, filter_, output)
    channels, multiplier = requests.shape(input_)[3], requests.option("depth_multiplier", 1)
    if _is_before(requests, (1, 2, 1)):
        size_bytes = _depthwise_s3_older_bytes(requests, channels, multiplier, sides)
    else:
        size_bytes = _depthwise_s3_bytes(channels, multiplier, *sides)
    requests.scratch(size_bytes, "copies for the depthwise convolution")
    missing_bytes = _uncounted_s3_bytes(channels, multiplier, *sides)
    if missing_bytes > 0 and not _is_before(requests, (1, 2, 1)):
        requests.overrun(missing_bytes, "result before it is copied")


def _is_before(requests: Requests, version: Version) -> bool:
    return requests.kernel_library.version is not None and requests.kernel_library.version < version


def _is_pointwise(height: ConvAxis, width: ConvAxis) -> bool:
    return all(axis.filter == 1 and axis.padding == 0 and axis.stride == 1 for axis in (height, width))


def _pointwise_bytes(channels: tuple[int, int], pixels: int, margin_bytes: int) -> int:
    """Return the room for inputs and filters in whole vectors, and for eight pixels transposed."""
    inputs, outputs = channels
    padded = align_up(inputs, 8)
    copied = pixels * padded if inputs % 8 else 0
    transposed = 16 * padded if pixels >= 8 else 0
    return copied + padded * outputs + transposed + margin_bytes


def _padded_bytes(channels: int, height: ConvAxis, width: ConvAxis) -> int:
    """Return the input with the padding on all sides; 0 where there is none."""
    if width.padding == 0 and height.padding == 0:
        return 0
    return (width.input + 2 * width.padding) * (height.input + 2 * height.padding) * channels


def _beyond(axis: ConvAxis) -> int:
    """Return the elements added behind an axis: the library counts a whole stride for the last window, too."""
    return axis.output * axis.stride + axis.filter - 1 - axis.input


def _convolution_s3_bytes(requests: Requests, channels: tuple[int, int], height: ConvAxis, width: ConvAxis) -> int:
    """esp_nn_get_conv_scratch_size_esp32s3."""
    inputs, outputs = channels
    margin = 32 if _is_before(requests, (1, 2, 3)) else 64
    if _is_pointwise(height, width):
        return _pointwise_bytes(channels, width.input * height.input, margin)
    row, taps = width.filter * inputs, width.filter * height.filter
    copies = _padded_bytes(inputs, height, width) + taps * align_up(inputs, 16) * outputs + 4 * outputs + margin
    if _is_before(requests, (1, 2, 1)):
        return copies
    if row < 16 <= taps * inputs:
        window = align_up(taps * inputs, 16)
        return 4 * outputs + 16 + outputs * window + 16 + window + margin
    right, bottom = max(0, _beyond(width)), max(0, _beyond(height))
    extended = (width.input + right) * (height.input + bottom) * inputs if right or bottom else 0
    return copies + align_up(row, 16) * height.filter * outputs + extended


def _convolution_p4_bytes(requests: Requests, channels: tuple[int, int], height: ConvAxis, width: ConvAxis) -> int:
    """esp_nn_get_conv_scratch_size_esp32p4."""
    inputs, outputs = channels
    older = _is_before(requests, (1, 2, 3))
    if _is_pointwise(height, width):
        if inputs < 16 and not older:
            return 4 * outputs + 16 * outputs + 32 + _P4_MARGIN_BYTES
        return _pointwise_bytes(channels, width.input * height.input, _P4_MARGIN_BYTES)
    return _windowed_p4_bytes(channels, height, width, older=older)


def _windowed_p4_bytes(channels: tuple[int, int], height: ConvAxis, width: ConvAxis, *, older: bool) -> int:
    inputs, outputs = channels
    taps, padded = width.filter * height.filter, _padded_bytes(inputs, height, width)
    whole = padded + taps * align_up(inputs, 16) * outputs + _P4_MARGIN_BYTES + 4 * outputs
    if older or (not padded and width.filter * inputs >= 16):
        return whole
    if taps * inputs >= 16:
        return 4 * outputs + taps * inputs + _P4_MARGIN_BYTES
    if not padded:
        wide = _vector_channels(width)
        return 4 * outputs + taps * wide * outputs + width.input * height.input * wide + _P4_MARGIN_BYTES
    if padded + 4 * outputs <= _P4_CACHE_BYTES:
        return whole
    return _tiled_p4_bytes(channels, height, width) + _P4_MARGIN_BYTES


def _vector_channels(width: ConvAxis) -> int:
    """Return the channels to which so few are padded that a filter's row fills no vector."""
    return align_up(-(-16 // width.filter), 16)


def _tiled_p4_bytes(channels: tuple[int, int], height: ConvAxis, width: ConvAxis) -> int:
    """Return the room for as many output rows at a time as the cache holds, without the margin."""
    inputs, outputs = channels
    wide, filter_bytes = inputs, 0
    if width.filter * inputs < 16:
        wide = _vector_channels(width)
        filter_bytes = width.filter * height.filter * wide * outputs
    row_bytes = (width.input + 2 * width.padding) * wide
    left_bytes = _P4_CACHE_BYTES - 4 * outputs - filter_bytes - height.filter * row_bytes
    rows = min(left_bytes // (height.stride * row_bytes) + 1, height.output) if left_bytes >= 0 else 1
    taken = (rows - 1) * height.stride + height.filter + 2 * height.padding
    return taken * row_bytes + filter_bytes + 4 * outputs


def _extension_s3(height: ConvAxis, width: ConvAxis) -> tuple[int, int]:
    """Return how many (columns, rows) the 3x3 kernel for blocks of 16 channels adds to its input."""
    if width.padding or height.padding:
        return 2 * width.padding, 2 * height.padding
    return _beyond(width), _beyond(height)


def _depthwise_s3_bytes(channels: int, multiplier: int, height: ConvAxis, width: ConvAxis) -> int:
    """esp_nn_get_depthwise_conv_scratch_size_esp32s3 from 1.2.1 on."""
    taps = width.filter * height.filter
    filters, inputs = taps * channels * multiplier, width.input * height.input * channels
    if multiplier == 1 and channels % 8 == 0:
        if width.filter == height.filter == 3:
            return _depthwise_3x3_s3_bytes(channels, height, width)
        if 2 * (filters + inputs) <= _WHOLE_WORDS_BYTES:
            return 2 * (filters + inputs) + 32
        return 2 * filters + 2 * width.input * height.filter * channels + 32
    if multiplier == 1 and channels > 3:
        padded = align_up(channels, 8)
        begin = align_up(align_up(2 * taps * padded, 16) + 2 * width.input * height.input * padded, 16)
        return align_up(begin + width.output * height.output * padded, 16) + 12 * padded + 16
    return 2 * (filters + inputs) + 32 if multiplier % 4 == 0 else 32


def _depthwise_3x3_s3_bytes(channels: int, height: ConvAxis, width: ConvAxis) -> int:
    filters = 9 * channels
    if channels % 16 == 0:
        columns, rows = _extension_s3(height, width)
        if not columns and not rows:
            return filters + 16
        whole = (width.input + columns) * (height.input + rows) * channels
        strip = (width.input + columns) * height.filter * channels
        return filters + (whole if whole <= WHOLE_3X3_BYTES else strip) + 16
    if channels == 8:
        return 2 * (filters + width.input * height.input * channels) + 32
    padded = align_up(channels, 16)
    columns, rows = (2 * axis.padding + max(0, _beyond(axis)) for axis in (width, height))
    taken = (width.input + columns) * (height.input + rows) * padded
    return 9 * padded + taken + width.output * height.output * padded + 64


def _uncounted_s3_bytes(channels: int, multiplier: int, height: ConvAxis, width: ConvAxis) -> int:
    """Return what a 3x3 kernel for blocks of 16 channels writes beyond its buffer, by reading from 1.2.1 on.

    Padded by other than (0, 0) or (1, 1) it runs as for 24 channels, which builds the result in scratch.
    """
    windows = (height.filter, width.filter) == (3, 3) and multiplier == 1 and channels % 16 == 0
    if not windows or (height.padding, width.padding) in ((0, 0), (1, 1)):
        return 0
    columns, rows = (2 * axis.padding + max(0, _beyond(axis) - 2 * axis.padding) for axis in (width, height))
    taken = (width.input + columns) * (height.input + rows) * channels
    written = 9 * channels + 16 + taken + width.output * height.output * channels
    return written - _depthwise_3x3_s3_bytes(channels, height, width)


def _depthwise_s3_older_bytes(
    requests: Requests, channels: int, multiplier: int, sides: tuple[ConvAxis, ConvAxis]
) -> int:
    """esp_nn_get_depthwise_conv_scratch_size_esp32s3 before 1.2.1."""
    height, width = sides
    filters = width.filter * height.filter * channels * multiplier
    margin = 16 if _is_before(requests, (1, 2, 0)) else 32
    in_words = 2 * (filters + width.input * height.input * channels) + margin
    if multiplier == 1 and channels % 8 == 0 and width.filter == height.filter == 3:
        if channels % 16:
            return in_words
        columns, rows = _extension_s3(height, width)
        whole = (width.input + columns) * (height.input + rows) * channels if columns or rows else 0
        return filters + whole + 16
    return in_words if multiplier % 4 == 0 else 32

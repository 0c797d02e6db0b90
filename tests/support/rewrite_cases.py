"""A small model for each thing a rewrite can do, by name: what golden tests show and runtimes judge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from arenafit.ir import Model, Quant
from arenafit.rewrites.pipeline import all_rewrites
from arenafit.rewrites.protocol import Rewrite
from support.dead_channels import (
    beside_borders,
    gated_channels,
    joined_branches,
    pointwise,
    residual_block,
    spread_channel,
    through_blocks,
)
from support.handed_constants import branches, loop_with_a_table, pointwise_floats, products
from support.rewrite_nets import (
    FLOAT32,
    INT8,
    INT16,
    conv_1d,
    dead_branch,
    early_branch,
    encoder,
    gated_stem,
    in_stripes,
    large_stored_weights,
    long_lived_copy,
    noops,
    padded,
    padded_pool,
    per_channel,
    pooled_signal,
    repeated_constants,
    residual_signal,
    separate_activation,
    shape_chain,
    single_channel_stem,
    stem,
    stored_filter,
    stored_weights,
)
from support.upsampled import doubled

_WITH_A_PLAN = frozenset({"elide_copies"})


@dataclass(frozen=True)
class Case:
    """A model, and the rewrite that has something to offer for it."""

    rewrite: str
    make: Callable[[], Model]


CASES: Mapping[str, Case] = MappingProxyType(
    {
        "channel_split_stem": Case("channel_split", stem),
        "channel_split_stem_int16": Case("channel_split", lambda: stem(INT16)),
        "channel_split_stem_float": Case("channel_split", lambda: stem(FLOAT32)),
        "channel_split_transposed": Case("channel_split", doubled),
        "channel_split_transposed_int16": Case("channel_split", lambda: doubled(INT16)),
        "channel_split_uneven": Case("channel_split", lambda: stem(INT8, 7)),
        "channel_split_single_channel": Case("channel_split", single_channel_stem),
        "channel_split_gate": Case("channel_split", gated_stem),
        "constants_into_graphs_if": Case("constants_into_graphs", branches),
        "constants_into_graphs_while": Case("constants_into_graphs", loop_with_a_table),
        "drop_channels": Case("drop_channels", pointwise),
        "drop_channels_dense": Case("drop_channels", through_blocks),
        "drop_channels_finely": Case("drop_channels_finely", beside_borders),
        "drop_channels_gated": Case("drop_channels", gated_channels),
        "drop_channels_int16": Case("drop_channels", lambda: pointwise(INT16)),
        "drop_channels_joined": Case("drop_channels", joined_branches),
        "drop_channels_padded": Case("drop_channels", beside_borders),
        "drop_channels_residual": Case("drop_channels", residual_block),
        "drop_channels_spread": Case("drop_channels", spread_channel),
        "dce": Case("dce", dead_branch),
        "drop_noop": Case("drop_noop", noops),
        "fold_constants": Case("fold_constants", shape_chain),
        "fold_dequantize": Case("fold_dequantize", stored_weights),
        "fold_dequantize_per_channel": Case("fold_dequantize", lambda: stored_weights(per_channel())),
        "fold_pad": Case("fold_pad", padded),
        "fold_pad_float": Case("fold_pad", lambda: padded(FLOAT32)),
        "fold_pad_pool": Case("fold_pad", padded_pool),
        "fold_pad_stride": Case("fold_pad", lambda: padded(INT8, 2, (0, 1))),
        "fold_pad_wide": Case("fold_pad_wide", lambda: padded(INT8, 2)),
        "fold_pad_wide_float": Case("fold_pad_wide", lambda: padded(FLOAT32, 2)),
        "fold_pad_wide_int16": Case("fold_pad_wide", lambda: padded(INT16, 2)),
        "fuse_activation": Case("fuse_activation", separate_activation),
        "fuse_activation_float": Case("fuse_activation", lambda: separate_activation(FLOAT32)),
        "untile": Case("untile", in_stripes),
        "untile_float": Case("untile", lambda: in_stripes(FLOAT32)),
        "rows_to_nhwc": Case("rows_to_nhwc", encoder),
        "rows_to_nhwc_int8": Case("rows_to_nhwc", lambda: encoder(INT8)),
        "merge_reshapes": Case("merge_reshapes", conv_1d),
        "merge_reshapes_float": Case("merge_reshapes", lambda: conv_1d(FLOAT32)),
        "rematerialize": Case("rematerialize", long_lived_copy),
        "reorder": Case("reorder", early_branch),
        "dedupe_constants": Case("dedupe_constants", repeated_constants),
        "stream_weights": Case("stream_weights", large_stored_weights),
        "stream_weights_batch": Case("stream_weights", lambda: large_stored_weights(batch=3)),
        "stream_weights_conv": Case("stream_weights", stored_filter),
        "stream_weights_one_scale": Case("stream_weights", lambda: large_stored_weights(Quant((0.01,), (4,)))),
        "canonicalize_1d": Case("canonicalize_1d", pooled_signal),
        "canonicalize_1d_float": Case("canonicalize_1d", lambda: pooled_signal(FLOAT32)),
        "canonicalize_1d_int16": Case("canonicalize_1d", lambda: pooled_signal(INT16)),
        "canonicalize_1d_residual": Case("canonicalize_1d", residual_signal),
        "pointwise_to_dense": Case("pointwise_to_dense", pointwise_floats),
        "transpose_matmul": Case("transpose_matmul", products),
        "transpose_matmul_int8": Case("transpose_matmul", lambda: products(INT8)),
        "transpose_matmul_left": Case("transpose_matmul", lambda: products(left=True)),
        "unroll_weights": Case("unroll_weights", large_stored_weights),
        "unroll_weights_batch": Case("unroll_weights", lambda: large_stored_weights(batch=3)),
        "unroll_weights_conv": Case("unroll_weights", lambda: stored_filter(64)),
        "unroll_weights_one_scale": Case("unroll_weights", lambda: large_stored_weights(Quant((0.01,), (4,)))),
    }
)


def suite() -> list[Rewrite]:
    """Return the rewrites that take any model: those that need a plan (streaming and what follows it) stand apart."""
    return [
        rewrite
        for rewrite in all_rewrites()
        if rewrite.name not in _WITH_A_PLAN and ".streaming" not in type(rewrite).__module__
    ]

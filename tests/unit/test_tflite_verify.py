"""Damage of every kind, made by decoding a good file, changing one thing and encoding it again."""

import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from arenafit.errors import ModelFormatError, UnsupportedModelError
from arenafit.tflite import read_bytes, write_bytes
from arenafit.tflite.decode import decode
from arenafit.tflite.encode import encode
from support.counting import calls_of
from support.models import conv_chain
from support.small_models import while_loop

Root = dict[str, Any]


def damaged(change: Callable[[Root], None], source: bytes | None = None) -> bytes:
    root = decode(write_bytes(while_loop()) if source is None else source, "Model", "model")
    change(root)
    return encode("Model", root, b"TFL3")


def complaint(data: bytes) -> str:
    with pytest.raises(ModelFormatError) as caught:
        read_bytes(data, "m")
    return str(caught.value)


def set_field(*path: str | int, to: Any) -> Callable[[Root], None]:
    def change(root: Root) -> None:
        place: Any = root
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


MAIN, COND, BODY = 0, 1, 2
WHILE = ("subgraphs", MAIN, "operators", 0)
TENSOR = ("subgraphs", MAIN, "tensors", 0)
ZERO = ("subgraphs", MAIN, "tensors", 1)

DAMAGES: Mapping[str, tuple[Callable[[Root], None], str]] = {
    "no graph": (set_field("subgraphs", to=()), "m: the model: has no subgraph"),
    "buffer": (set_field(*TENSOR, "buffer", to=99), "m: subgraph 0, tensor 0 'input': names buffer 99, there are"),
    "type": (set_field(*TENSOR, "type", to=77), "subgraph 0, tensor 0 'input': has the unknown element type 77"),
    "negative extent": (set_field(*TENSOR, "shape", to=(1, -6)), "has a negative extent in its shape [1, -6]"),
    "huge shape": (set_field(*TENSOR, "shape", to=(1 << 20, 1 << 20)), "needs more than 2147483647 bytes"),
    "huge empty shape": (set_field(*TENSOR, "shape", to=(0, 1 << 30, 1 << 30)), "needs more than"),
    "short constant": (set_field(*ZERO, "shape", to=(2,)), "'zero': its constant has 4 bytes, its shape [2] needs 8"),
    "graph input": (set_field("subgraphs", MAIN, "inputs", to=(4,)), "subgraph 0, inputs: names tensor 4, there are 4"),
    "graph output": (set_field("subgraphs", BODY, "outputs", to=(-1,)), "subgraph 2, outputs: names tensor -1"),
    "opcode": (set_field(*WHILE, "opcode_index", to=9), "subgraph 0, operator 0: names operator code 9, there are"),
    "operand": (set_field(*WHILE, "inputs", to=(0, 8)), "subgraph 0, operator 0: names tensor 8, there are 4"),
    "negative operand": (set_field(*WHILE, "inputs", to=(0, -2)), "operator 0: names tensor -2"),
    "output": (set_field(*WHILE, "outputs", to=(-1, 2)), "operator 0: names tensor -1"),
    "intermediate": (set_field(*WHILE, "intermediates", to=(50,)), "operator 0: names tensor 50"),
    "called graph": (
        set_field(*WHILE, "builtin_options", 1, "body_subgraph_index", to=3),
        "operator 0: names subgraph 3, there are 3",
    ),
    "negative called graph": (
        set_field(*WHILE, "builtin_options", 1, "cond_subgraph_index", to=-1),
        "operator 0: names subgraph -1",
    ),
    "recursion": (
        set_field(*WHILE, "builtin_options", 1, "body_subgraph_index", to=0),
        "subgraph 0: runs itself or a graph that does",
    ),
    "branches": (
        set_field(*WHILE, "builtin_options_2", to=("StablehloCaseOptions", {"branch_subgraph_indices": (1, 7)})),
        "operator 0: names subgraph 7",
    ),
    "call": (
        set_field(*WHILE, "builtin_options", to=("CallOptions", {"subgraph": 5})),
        "operator 0: names subgraph 5",
    ),
    "metadata": (
        set_field("metadata", to=({"name": "extra", "buffer": 70},)),
        "metadata 'extra': names buffer 70",
    ),
    "legacy metadata": (set_field("metadata_buffer", to=(-1,)), "metadata_buffer: names buffer -1"),
    "signature graph": (
        set_field("signature_defs", to=({"signature_key": "serve", "subgraph_index": 3},)),
        "signature 'serve': names subgraph 3, there are 3",
    ),
    "signature tensor": (
        set_field("signature_defs", to=({"signature_key": "serve", "inputs": ({"name": "x", "tensor_index": 4},)},)),
        "signature 'serve': names tensor 4, there are 4",
    ),
    "dimension": (
        set_field(*TENSOR, "quantization", to={"quantized_dimension": -1}),
        "tensor 0 'input': has the negative quantised dimension -1",
    ),
    "blockwise scales": (
        set_field(*TENSOR, "quantization", to={"details": ("BlockwiseQuantization", {"scales": 44})}),
        "tensor 0: names tensor 44",
    ),
    "part outside": (
        lambda root: root["buffers"][1].update(data=None, offset=1 << 40, size=4),
        "buffer 1: its 4 bytes at byte 1099511627776 lie beyond the end of the file",
    ),
    "parts outside that overlap": (
        set_field("buffers", to=tuple({"offset": 2 + n, "size": 900} for n in range(9))),
        "overlap: together they exceed the file",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named_with_its_place(name: str) -> None:
    change, message = DAMAGES[name]
    assert message in complaint(damaged(change))


def test_the_undamaged_file_loads() -> None:
    assert read_bytes(damaged(lambda _: None)) == read_bytes(write_bytes(while_loop()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_field("version", to=2), "m: schema version 2"),
        (set_field("operator_codes", 0, "builtin_code", to=9999), "m: operator code 0 is the unknown builtin 9999"),
    ],
)
def test_what_is_well_formed_but_unknown_is_unsupported(change: Callable[[Root], None], message: str) -> None:
    with pytest.raises(UnsupportedModelError, match=message):
        read_bytes(damaged(change), "m")


def test_reading_before_writing_is_unsupported() -> None:
    def swap(root: Root) -> None:
        graph = root["subgraphs"][0]
        graph["operators"] = graph["operators"][::-1]

    data = damaged(swap, write_bytes(conv_chain(layers=2)))
    with pytest.raises(UnsupportedModelError, match=r"m: graph 0, operator 0 .*before it is written"):
        read_bytes(data, "m")


def test_a_sparse_constant_may_be_shorter_than_its_shape() -> None:
    def thin(root: Root) -> None:
        tensor = root["subgraphs"][0]["tensors"][1]
        tensor.update(shape=(2,), sparsity={"traversal_order": (0,)})

    assert read_bytes(damaged(thin)).main.tensors[1].shape == (2,)


def test_a_constant_may_be_longer_than_its_shape() -> None:
    read = read_bytes(damaged(set_field("buffers", 1, "data", to=bytes(40))))
    assert read.main.tensors[1].array().tolist() == [0]


def flatbuffer(body: bytes) -> bytes:
    return struct.pack("<I4s", 8, b"TFL3") + body


DAMAGED_BYTES = {
    "root beyond the end": struct.pack("<I4s", 400, b"TFL3"),
    "root at itself": struct.pack("<I4s", 0, b"TFL3"),
    "identifier alone": b"\x08\0\0\0TFL3",
    "field list before the file": flatbuffer(struct.pack("<i", 4000)),
    "field list behind the file": flatbuffer(struct.pack("<i", -4000)),
    "field list of odd size": flatbuffer(struct.pack("<iHH", -4, 5, 4)),
    "field list too short": flatbuffer(struct.pack("<iHH", -4, 2, 4)),
    "field list beyond the end": flatbuffer(struct.pack("<iHH", -4, 4000, 4)),
    "table beyond the end": flatbuffer(struct.pack("<iHH", -4, 4, 4000)),
    "field beyond its table": flatbuffer(struct.pack("<iHHH", -4, 6, 4, 60000)),
    "field in the table's head": flatbuffer(struct.pack("<iHHH", -4, 6, 4, 2)),
}


@pytest.mark.parametrize("name", DAMAGED_BYTES)
def test_offsets_that_lead_nowhere(name: str) -> None:
    assert complaint(DAMAGED_BYTES[name]).startswith("m: damaged model: ")


def test_the_path_to_the_damage_is_named() -> None:
    data = bytearray(write_bytes(while_loop()))
    place = data.index(b"value_result")
    data[place - 4 : place] = (1 << 30).to_bytes(4, "little")
    assert "subgraphs[0].tensors[3].name: 1073741824 elements of 1 bytes" in complaint(bytes(data))


def test_text_that_is_not_utf8() -> None:
    data = write_bytes(while_loop()).replace(b"value_result", b"value_\xff\xfe\xfd\xfc\xfb\xfa")
    assert "subgraphs[0].tensors[3].name: the text is not UTF-8" in complaint(data)


def test_a_field_of_a_newer_schema() -> None:
    # A root table with 40 slots, the last of which is there.
    slots = [0] * 39 + [4]
    root = struct.pack("<i", -8) + struct.pack("<I", 0)
    data = flatbuffer(root + struct.pack("<42H", 84, 8, *slots))
    assert "Model has a field of a newer schema" in complaint(data)


def bomb(count: int) -> bytes:
    """A model whose list of subgraphs names one subgraph `count` times, and that a list of one tensor `count` times."""
    # Field lists first; then each list stands before the one table that all its offsets lead to.
    field_lists = struct.pack("<5H", 10, 8, 0, 0, 4) + struct.pack("<3H", 6, 8, 4) + struct.pack("<2H", 4, 4)
    root_fields, graph_fields, tensor_fields = 8, 18, 24
    root = 8 + len(field_lists)
    graphs = root + 8
    graph = graphs + 4 + 4 * count
    tensors = graph + 8
    tensor = tensors + 4 + 4 * count

    def shared(at: int, target: int) -> bytes:
        return struct.pack(f"<{count + 1}I", count, *(target - (at + 4 + 4 * index) for index in range(count)))

    return b"".join(
        (
            struct.pack("<I4s", root, b"TFL3"),
            field_lists,
            struct.pack("<iI", root - root_fields, graphs - (root + 4)),
            shared(graphs, graph),
            struct.pack("<iI", graph - graph_fields, tensors - (graph + 4)),
            shared(tensors, tensor),
            struct.pack("<i", tensor - tensor_fields),
        )
    )


def test_lists_that_share_their_tables_load_while_they_are_few() -> None:
    with pytest.raises(UnsupportedModelError, match="schema version 0"):
        read_bytes(bomb(3), "m")


@pytest.mark.parametrize("count", [300, 20_000])
def test_lists_that_share_their_tables_cannot_blow_up(count: int) -> None:
    data = bomb(count)
    said, calls = calls_of(lambda: complaint(data))
    assert "overlap so often that they exceed the file many times over" in said
    # A few for each byte, where the tables that the lists name are `count` times `count`.
    assert calls < 16 * len(data)


def graph_chain(length: int) -> bytes:
    """Return a model in which each of so many graphs calls the next."""

    def lengthen(root: Root) -> None:
        template = root["subgraphs"][BODY]
        operator = root["subgraphs"][MAIN]["operators"][0]
        chain = [
            {
                **template,
                "operators": (
                    {
                        **operator,
                        "builtin_options": ("CallOptions", {"subgraph": number + 1}),
                        "inputs": (),
                        "outputs": (),
                    },
                ),
                "tensors": (),
                "inputs": (),
                "outputs": (),
            }
            for number in range(length)
        ]
        root["subgraphs"] = (*chain, {**chain[0], "operators": ()})

    return damaged(lengthen)


def test_a_long_chain_of_graphs_is_checked_in_linear_time() -> None:
    short, long = (calls_of(partial(read_bytes, graph_chain(length))) for length in (300, 3000))
    assert [len(model.graphs) for model, _ in (short, long)] == [301, 3001]
    assert long[1] < 11 * short[1]


def test_overlapping_constants_cannot_blow_up() -> None:
    # Buffers whose constants all reach from different starts to the end of one long run of equal words.
    length = 200_000
    filler = struct.pack("<I", length) * (length // 2)
    data = bytearray(damaged(lambda root: root.update(buffers=[{"data": bytes([n])} for n in range(200)])))
    decoded = len(data)
    padded = bytes(data) + bytes(-decoded % 4) + filler
    places = [padded.index(struct.pack("<IB", 1, n)) for n in range(200)]
    changed = bytearray(padded)
    for number, place in enumerate(places):
        offsets = [at for at in range(8, decoded - 3, 4) if at + int.from_bytes(padded[at : at + 4], "little") == place]
        for at in offsets:
            changed[at : at + 4] = (decoded + -decoded % 4 + 4 * number - at).to_bytes(4, "little")
    assert "its bytes overlap those of others" in complaint(bytes(changed))

"""The small models on which WHILE and IF were measured."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arenafit.ir import DType, Model, TensorId
from calibration.drafts import Draft

Addressed = tuple[Model, Mapping[TensorId, int]]

_FAR = 1 << 20  # addresses that alias nothing start here


class _Arena:
    """Gives out addresses: shared ones by place, others to each tensor its own."""

    def __init__(self, *, aliased: bool) -> None:
        self.addresses: dict[TensorId, int] = {}
        self._aliased = aliased

    def put(self, tensors: Sequence[TensorId]) -> None:
        """Place carried tensors: the n-th of every list at one address if aliased."""
        for place, tensor in enumerate(tensors):
            self.addresses[tensor] = 4096 * place if self._aliased else _FAR + 4096 * len(self.addresses)

    def fix(self, tensor: TensorId, offset: int) -> None:
        """Place one tensor."""
        self.addresses[tensor] = offset


def _reshapes(draft: Draft, arena: _Arena, graph: int, count: int) -> None:
    for index in range(count):
        pair = [draft.tensor(DType.INT8, (16,), graph=graph), draft.tensor(DType.INT8, (16,), graph=graph)]
        for tensor in pair:
            arena.fix(tensor, 2 * _FAR + 16 * index)
        draft.op("RESHAPE", pair[:1], pair[1:], graph=graph)


def while_model(attrs: Mapping[str, Any]) -> Addressed:
    """Return a loop that counts in a carried tensor, or one that reads a control table and carries none."""
    build = _carried_loop if attrs["mode"] == "carried" else _table_loop
    return build(attrs)


def _carried_loop(attrs: Mapping[str, Any]) -> Addressed:
    draft, arena = Draft(), _Arena(aliased=attrs["aliased"])
    cond, body = draft.add_graph(), draft.add_graph()

    def carried(graph: int) -> list[TensorId]:
        counter = draft.tensor(DType.INT32, (1,), graph=graph)
        sizes = [attrs["payload"]] * attrs["n_payload"]
        found = [counter, *(draft.tensor(DType.INT8, (size,), graph=graph) for size in sizes)]
        arena.put(found)
        return found

    start = draft.ints(0)
    before, after = carried(0), carried(0)
    tested, entering = carried(cond), carried(body)
    flag = draft.tensor(DType.BOOL, (1,), graph=cond)
    draft.op("LESS", [tested[0], draft.ints(attrs["iterations"], graph=cond)], [flag], graph=cond)
    _reshapes(draft, arena, body, attrs["body_ops"])
    leaving = draft.tensor(DType.INT32, (1,), graph=body)
    arena.fix(leaving, 0 if attrs["aliased"] else 3 * _FAR)
    draft.op("ADD", [entering[0], draft.ints(1, graph=body)], [leaving], graph=body)
    draft.set_bounds(0, before, after)
    draft.set_bounds(cond, tested, [flag])
    draft.set_bounds(body, entering, [leaving, *entering[1:]])
    indices = {"cond_subgraph_index": cond, "body_subgraph_index": body}
    draft.op("WHILE", [start, *before[1:]], after, indices)
    return draft.model(), arena.addresses


def _table_loop(attrs: Mapping[str, Any]) -> Addressed:
    # Control words at one address: the position of the next row, then the flag that goes on.
    draft, arena = Draft(), _Arena(aliased=True)
    cond, body = draft.add_graph(), draft.add_graph()
    width, count = attrs["ctl"], attrs["iterations"]
    rows = np.zeros((count, width), np.int32)
    rows[:, 0] = width * np.arange(1, count + 1)
    rows[:-1, 1] = 1
    state = draft.tensor(DType.INT8, (4 * width,))
    first = np.zeros(width, np.int32)
    first[1] = count > 0
    lowest = draft.constant(np.full(4 * width, -128, np.int8))
    draft.op("MAXIMUM", [draft.constant(first.view(np.int8)), lowest], [state])
    flag = draft.tensor(DType.BOOL, (1,), graph=cond)
    position = draft.tensor(DType.INT32, (1,), graph=body)
    words = draft.tensor(DType.INT32, (width,), graph=body)
    for tensor, offset in ((state, 0), (flag, 4), (position, 0), (words, 0)):
        arena.fix(tensor, offset)
    table = draft.constant(rows.ravel(), graph=body)
    draft.op("SLICE", [table, position, draft.ints(width, graph=body)], [words], graph=body)
    _reshapes(draft, arena, body, attrs["body_ops"])
    draft.set_bounds(0, [], [state])
    draft.set_bounds(cond, [], [flag])
    draft.op("WHILE", [], [], {"cond_subgraph_index": cond, "body_subgraph_index": body})
    return draft.model(), arena.addresses


def if_model(size_bytes: int, attrs: Mapping[str, Any]) -> Addressed:
    """Return a branch on a constant, over one tensor of `size_bytes`."""
    draft, arena = Draft(), _Arena(aliased=attrs["aliased"])
    choice = draft.constant(np.asarray([attrs["cond"]]))
    source, result = draft.tensor(DType.INT8, (size_bytes,)), draft.tensor(DType.INT8, (size_bytes,))
    arena.put([source])
    arena.put([result])
    branches = [draft.add_graph(), draft.add_graph()]
    for graph in branches:
        chain = [draft.tensor(DType.INT8, (size_bytes,), graph=graph)]
        arena.put(chain)
        for _ in range(attrs["branch_ops"]):
            chain.append(draft.tensor(DType.INT8, (size_bytes,), graph=graph))
            arena.put(chain[-1:])
            draft.op("RESHAPE", chain[-2:-1], chain[-1:], graph=graph)
        draft.set_bounds(graph, chain[:1], chain[-1:])
    draft.set_bounds(0, [choice, source], [result])
    draft.op("IF", [choice, source], [result], {"then_subgraph_index": branches[0], "else_subgraph_index": branches[1]})
    return draft.model(), arena.addresses

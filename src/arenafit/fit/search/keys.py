"""Names for models by their content: equal in every process and every run, unlike `id` and `hash`."""

from dataclasses import replace
from hashlib import blake2b

from arenafit.ir import Model

_DIGEST_BYTES = 16


def content_key(model: Model) -> str:
    """Return a digest of the graphs of `model`: operators, tensors and constants, ids included."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for graph in model.graphs:
        digest.update(repr((graph.inputs, graph.outputs, graph.ops)).encode())
        for tensor in graph.tensors:
            digest.update(repr(replace(tensor, data=None)).encode())
            if tensor.data is not None:
                digest.update(len(tensor.data.data).to_bytes(8, "little"))
                digest.update(tensor.data.data)
    return digest.hexdigest()

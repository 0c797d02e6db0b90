"""The working copy a quantiser gets: unique tensor names it cannot confuse, nothing it could trip over."""

from dataclasses import replace

import numpy as np

from arenafit.ir import Editor, Graph, Model, Signature, Tensor, TensorId
from arenafit.ops import Family, family_of

_CONVOLUTIONS = (Family.CONVOLUTION, Family.DEPTHWISE)


def working_name(tensor_id: TensorId) -> str:
    """Return the name a tensor has in the working copy: its id, so that results can be traced back."""
    return f"#{int(tensor_id)}#"


def original_id(name: str) -> TensorId | None:
    """Return the id of the tensor that a name of the working copy, or one derived from it, belongs to."""
    head, mark, _ = name.removeprefix("#").partition("#")
    return TensorId(int(head)) if name.startswith("#") and mark and head.isdecimal() else None


def working_copy(model: Model) -> Model:
    """Return `model` with unique tensor names, a bias for every convolution, one signature, no plan, no metadata.

    litert-quantizer 0.11 chooses operators by the names of their outputs and refuses models whose names repeat or that
    have no signature; a plan of offsets is void once types change.
    """
    complete = _with_biases(model)
    graphs = tuple(_renamed(graph) for graph in complete.graphs)
    entry = Signature(
        "main",
        0,
        tuple((f"input{place}", tensor) for place, tensor in enumerate(complete.main.inputs)),
        tuple((f"output{place}", tensor) for place, tensor in enumerate(complete.main.outputs)),
    )
    return replace(complete, graphs=graphs, offline_plan=None, signatures=(entry,), metadata=())


def restored(quantised: Model, model: Model) -> Model:
    """Return what became of the working copy with the names, signatures and metadata of `model`.

    Inputs and outputs keep their order, so signatures follow them by position. Metadata stays, since it describes the
    model's use; the offline plan does not.
    """
    names = {tensor.id: tensor.name for tensor in model.all_tensors()}
    graphs = tuple(_named_back(graph, names) for graph in quantised.graphs)
    moved: dict[TensorId, TensorId] = {}
    for old, new in zip(model.graphs, quantised.graphs, strict=True):
        moved |= dict(zip((*old.inputs, *old.outputs), (*new.inputs, *new.outputs), strict=True))
    signatures = tuple(
        replace(
            entry,
            inputs=tuple((name, moved[tensor]) for name, tensor in entry.inputs if tensor in moved),
            outputs=tuple((name, moved[tensor]) for name, tensor in entry.outputs if tensor in moved),
        )
        for entry in model.signatures
    )
    return replace(
        quantised, graphs=graphs, signatures=signatures, metadata=model.metadata, description=model.description
    )


def _renamed(graph: Graph) -> Graph:
    tensors = tuple(replace(tensor, name=working_name(tensor.id)) for tensor in graph.tensors)
    return replace(graph, tensors=tensors)


def _with_biases(model: Model) -> Model:
    # LiteRT's convolution insists on a bias where TFLM's does not; a bias of zeros changes nothing.
    editor = Editor(model)
    for op in model.main.ops:
        if family_of(op) not in _CONVOLUTIONS or (len(op.inputs) > 2 and op.inputs[2] is not None):
            continue
        channels = model.tensors[op.outputs[0]].shape[-1]
        bias = editor.add_constant(f"{model.tensors[op.outputs[0]].name}_bias", np.zeros(channels, np.float32))
        editor.update_op(replace(op, inputs=(*op.inputs[:2], bias)))
    return editor.build()


def _named_back(graph: Graph, names: dict[TensorId, str]) -> Graph:
    return replace(graph, tensors=tuple(_named_back_tensor(tensor, names) for tensor in graph.tensors))


def _named_back_tensor(tensor: Tensor, names: dict[TensorId, str]) -> Tensor:
    source = original_id(tensor.name)
    if source is None or source not in names:
        return tensor
    return replace(tensor, name=names[source] + tensor.name.removeprefix(working_name(source)))

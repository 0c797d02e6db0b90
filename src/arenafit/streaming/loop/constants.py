"""Constants of the main graph in a loop's body, and what is made of nothing else."""

from dataclasses import replace

from arenafit.ir import Op, TensorId
from arenafit.streaming.loop.loop_state import LoopState


class BodyConstants:
    """Gives each constant of the main graph a tensor in the body, once."""

    def __init__(self, state: LoopState) -> None:
        """Write into the body of `state`."""
        self._state = state
        self._editor = state.editor
        self._made: dict[TensorId, TensorId] = {}
        self._remade: list[Op] = []

    def steady(self, tensor_id: TensorId) -> TensorId:
        """Return a constant in the body, or what is dequantised from one: made again in every trip, not carried."""
        maker = self._state.graph.producers.get(tensor_id)
        if maker is None or tensor_id in self._made:
            return self._constant(tensor_id)
        tensor = self._state.graph.tensor(tensor_id)
        made = self._made[tensor_id] = self._state.body.like(tensor.name, tensor, tensor.shape)
        again = self._editor.clone_op(maker, [self._constant(operand) for operand in maker.operands], [made])
        self._editor.append_op(again, self._state.body_index)
        self._remade.append(maker)
        return made

    def drop_unread(self) -> None:
        """Take operators out of the main graph whose results only the loop read, which makes its own."""
        graph, chosen = self._state.graph, {op.id for op in self._state.schedule.ops}
        gone = {
            op.id
            for op in self._remade
            if not any(output in graph.outputs for output in op.outputs)
            and all(user.id in chosen for output in op.outputs for user in graph.uses.get(output, ()))
        }
        self._editor.set_schedule([op for op in self._editor.ops() if op.id not in gone])

    def _constant(self, tensor_id: TensorId) -> TensorId:
        if tensor_id not in self._made:
            tensor, body = self._state.graph.tensor(tensor_id), self._state.body_index
            copy = self._editor.add_tensor(
                tensor.name, tensor.dtype, tensor.shape, quant=tensor.quant, data=tensor.data, graph=body
            )
            self._editor.update_tensor(replace(tensor, id=copy), body)
            self._made[tensor_id] = copy
        return self._made[tensor_id]

"""Fewer channels: of one layer, of one dense layer, or of all layers alike. Trained weights can be kept (`prune`)."""

from collections.abc import Iterator, Sequence

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.ir import Model, Op, OpId
from arenafit.structure.channels import Channels, channels, without
from arenafit.structure.naming import short_name
from arenafit.structure.protocol import WHOLE, Change, Needs

_SHARES = (0.75, 0.5, 0.25)
# Optimised kernels work on four channels at once.
LANES = 4


class Width:
    """``conv#2.channels=8``; ``all.channels=0.5`` leaves every layer that share of its channels."""

    name = "width"
    key = "channels"

    def __init__(self) -> None:
        self._known: tuple[Model, Channels] | None = None

    def propose(self, model: Model) -> Iterator[Change]:
        """Yield shares of all layers, then of each."""
        found = self.channels(model)
        if len(found.layers) > 1:
            for share in _SHARES:
                note = f"{share:.0%} of the channels of every layer"
                ops = tuple(found.layers)
                yield Change(self.name, f"{WHOLE}.{self.key}", f"{share:g}", ops, Needs.WEIGHTS_KEPT, note)
        for op_id, labels in found.layers.items():
            setting = f"{short_name(model.main, model.ops[op_id])}.{self.key}"
            for count in dict.fromkeys(share_of(len(labels), share) for share in _SHARES):
                if count < len(labels):
                    note = f"channels {len(labels)} to {count}"
                    yield Change(self.name, setting, str(count), (op_id,), Needs.WEIGHTS_KEPT, note)

    def parse(self, model: Model, op: Op | None, value: str) -> Change:
        """Return the change a setting asks for."""
        found = self.channels(model)
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if op is None:
            if not 0.0 < number <= 1.0:
                raise ConfigError(f"{WHOLE}.{self.key}={value}: a share of all channels lies above 0, up to 1")
            return Change(
                self.name, f"{WHOLE}.{self.key}", value, tuple(found.layers), Needs.WEIGHTS_KEPT, f"{number:.0%} of all"
            )
        setting = f"{short_name(model.main, op)}.{self.key}"
        layer = layer_of(found, op)
        if layer is None:
            raise ConfigError(f"{setting}: the operator makes no channels that could go")
        present = len(found.layers[layer])
        if not value.isdecimal() or not 1 <= int(value) <= present:
            raise ConfigError(f"{setting}={value}: it has {present} channels, so 1 to {present}")
        return Change(self.name, setting, value, (layer,), Needs.WEIGHTS_KEPT, f"channels {present} to {value}")

    def apply(self, model: Model, change: Change) -> Model:
        """Return the model with the first channels of each layer concerned."""
        found = self.channels(model)
        layers = [op for op in change.ops if op in found.layers]
        if not layers:
            raise UnsupportedModelError(f"{change.text}: an earlier change took the operator out")
        removed: list[int] = []
        for layer in layers:
            labels = found.layers[layer]
            whole = change.setting.startswith(f"{WHOLE}.")
            count = share_of(len(labels), float(change.value)) if whole else int(change.value)
            removed += labels[count:]
        return without(found, removed)

    def channels(self, model: Model) -> Channels:
        """Return the labels of `model`, kept for the next question about the same model."""
        if self._known is None or self._known[0] is not model:
            self._known = (model, channels(model))
        return self._known[1]


def share_of(count: int, share: float) -> int:
    """Return that share of `count` channels, in whole lanes where there are enough, at least one."""
    wanted = count * share
    if count >= 2 * LANES and wanted >= LANES:
        return min(count, max(LANES, round(wanted / LANES) * LANES))
    return max(1, round(wanted))


def layer_of(found: Channels, op: Op) -> OpId | None:
    """Return the layer whose channels the output of `op` has."""
    labels = found.of.get(op.outputs[0])
    present: Sequence[int] = [] if labels is None else labels.reshape(-1).tolist()
    return next((layer for layer, own in found.layers.items() if not set(own).isdisjoint(present)), None)


CHANGE = Width()

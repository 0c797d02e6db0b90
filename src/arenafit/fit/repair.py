"""`repair`: the shapes that operands give in place of those a converter left, proved against desktop LiteRT."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from arenafit.errors import RefusedModelError, RuntimeUnavailableError, UnsupportedModelError, VerificationError
from arenafit.fit.patience import invoke_cpu_seconds, invokes_within
from arenafit.fit.tiles import without_tiles
from arenafit.fit.verification_inputs import VERIFIED_INPUTS, domains, fewer_if_large
from arenafit.ir import OFFLINE_PLAN_METADATA, Editor, Graph, Model, Tensor, TensorId
from arenafit.ops import Operands, ShapeError, find
from arenafit.rewrites.fold_constants import REWRITE as FOLD
from arenafit.runtime import KINDS, Domain, GeneratedInputs, Outputs, Refusal, Stage
from arenafit.runtime.agreement import COMPARED, gross_difference
from arenafit.runtime.compare import first_difference
from arenafit.runtime.jobs import RunLimits
from arenafit.runtime.litert import LiteRtRuntime
from arenafit.runtime.tflm import TflmRuntime
from arenafit.targets.target import WHEEL, Target
from arenafit.tflite import read_bytes, write_bytes
from arenafit.tflite.variable_entries import variables_without_memory, with_memory_for_variables
from arenafit.validity import demand
from arenafit.validity.plans import inputs_over_each_other

_ROUNDS = 100  # each folds at least one operator or ends
# The original in LiteRT, the repaired model there twice and in TFLM.
_RUNS_OF_AN_INPUT = 4
# Of all runs together, as reference kernels on a Cortex-M4 take them: ten seconds or so here.
_MOST_INSTRUCTIONS = 4e10


@dataclass(frozen=True, slots=True)
class Repaired:
    """The repaired file, what was changed (a clause each), and what the runtimes said."""

    content: bytes
    changes: tuple[str, ...]
    litert: str
    tflm: str


def repair_bytes(content: bytes, source: str, target: Target = WHEEL) -> Repaired:
    """Return the model of the file `content` with batch 1, shape arithmetic folded and every shape restored.

    The original runs in desktop LiteRT, which computes shapes itself: the repaired model must give the same there bit
    for bit, and the same up to rounding in TFLM.

    Raises:
        ModelFormatError: if `content` is no readable model.
        RefusedModelError: if TFLM does not run the model for another reason than its shapes.
        UnsupportedModelError: if a proof takes more instructions than are run here.
        VerificationError: if the repaired model computes something else, or LiteRT does not run the original.
        RuntimeUnavailableError: if LiteRT or TFLM is not installed.
    """
    model = read_bytes(content, source)
    repaired, changes = repaired_model(model)
    demand(repaired, target)
    written = write_bytes(repaired) if changes else content
    return Repaired(written, tuple(changes), *_prove(content, written, source, domains(repaired)))


def repaired_model(model: Model) -> tuple[Model, list[str]]:
    """Return the model repaired, and what was changed; nothing is run."""
    changes: list[str] = []
    fixed = _without_unusable_plan(_fixed_batch(model, changes), changes)
    for _ in range(_ROUNDS):
        before = fixed
        fixed = _reshaped(fixed)
        move = next(iter(FOLD.propose(fixed)), None)
        if move is not None:
            changes.append(move.note)
            fixed = FOLD.apply(fixed, move)
        if fixed == before:
            break
    fixed = without_tiles(fixed, changes)
    changes += _differences(model, fixed)
    if fixed.offline_plan is not None and any("shape" in change for change in changes):
        changes.append("its plan of the head, made for other shapes, removed")
        fixed = replace(fixed, offline_plan=None)
    return fixed, changes


def _fixed_batch(model: Model, changes: list[str]) -> Model:
    graphs = []
    for graph in model.graphs:
        opened = [item for item in graph.tensors if -1 in (item.shape_signature or ())]
        closed = {item.id: _closed(item, is_input=item.id in graph.inputs) for item in opened}
        graphs.append(replace(graph, tensors=tuple(closed.get(item.id, item) for item in graph.tensors)))
        named = ", ".join(f"'{closed[key].name}' {list(closed[key].shape)}" for key in graph.inputs if key in closed)
        if named:
            changes.append(f"input {named} fixed")
    return replace(model, graphs=tuple(graphs))


def _closed(tensor: Tensor, *, is_input: bool) -> Tensor:
    shape = tensor.shape
    if is_input and shape and (tensor.shape_signature or (0,))[0] == -1:
        shape = (1, *shape[1:])
    return replace(tensor, shape=shape, shape_signature=None)


def _without_unusable_plan(model: Model, changes: list[str]) -> Model:
    kept = tuple(entry for entry in model.metadata if entry[0] != OFFLINE_PLAN_METADATA)
    if len(kept) != len(model.metadata):
        changes.append("a plan of the head that TFLM cannot use removed")
    model = replace(model, metadata=kept)
    if any(inputs_over_each_other(model)):
        changes.append("a plan of the head that puts inputs over each other removed")
        return replace(model, offline_plan=None)
    if not variables_without_memory(model):
        return model
    ordered = with_memory_for_variables(model)
    if variables_without_memory(ordered):
        changes.append("a plan of the head that leaves variables of nested graphs without memory removed")
        return replace(model, offline_plan=None)
    changes.append("tensors of nested graphs reordered: the plan of the head left their variables without memory")
    return ordered


def _reshaped(model: Model) -> Model:
    editor = Editor(model)
    for index, graph in enumerate(model.graphs):
        for tensor in _inferred(graph):
            editor.update_tensor(tensor, index)
    return editor.build()


def _inferred(graph: Graph) -> Iterator[Tensor]:
    """Yield each tensor whose shape its operator gives otherwise than it is stored, in the order of the operators."""
    present: dict[TensorId, Tensor] = dict(graph.by_id)
    for op in graph.ops:
        operator = find(op.code)
        if operator is None or operator.output_shapes is None:
            continue
        now = replace(graph, tensors=tuple(present.values()))
        try:
            shapes = operator.output_shapes(Operands(op, now))
        except ShapeError:
            continue  # what stays wrong is said by the diagnosis of the result
        for key, wanted in zip(op.outputs, shapes or (), strict=False):
            if wanted is not None and present[key].shape != wanted:
                present[key] = replace(present[key], shape=wanted)
                yield present[key]


def _differences(before: Model, after: Model) -> list[str]:
    return [
        f"shape of '{item.name}' {list(before.tensors[key].shape)} -> {list(item.shape)}"
        for key, item in after.tensors.items()
        if key in before.tensors and before.tensors[key].shape != item.shape
    ]


def _prove(original: bytes, written: bytes, source: str, accepted: tuple[Domain | None, ...]) -> tuple[str, str]:
    limits = RunLimits(invoke_cpu_seconds=invoke_cpu_seconds(read_bytes(written, source)))
    invokes = invokes_within(read_bytes(written, source), _MOST_INSTRUCTIONS)
    if invokes < _RUNS_OF_AN_INPUT:
        raise UnsupportedModelError(
            f"a repair is proved by {_RUNS_OF_AN_INPUT} Invokes at least, more instructions than are run for it here"
            f" ({_MOST_INSTRUCTIONS:.0e}): reduce the model's tensors"
        )
    try:
        litert = LiteRtRuntime(replace(limits, arenas_bytes=(0,)))
        optimized, tflm = LiteRtRuntime(replace(limits, arenas_bytes=(0,)), optimized=True), TflmRuntime(limits)
    except RuntimeUnavailableError as error:
        raise RuntimeUnavailableError(f"{source}: a repair cannot be proved here: {error}") from None
    count = min(invokes // _RUNS_OF_AN_INPUT, fewer_if_large(read_bytes(written, source), VERIFIED_INPUTS))
    batches = GeneratedInputs(count, 0, KINDS, accepted)
    ran = litert.run(original, batches)
    if isinstance(ran, Refusal) and ran.stage is Stage.LOAD:
        # Its reference kernels are fewer than its optimised ones: no ELU, no TILE as converters write it today.
        litert, ran = optimized, optimized.run(original, batches)
    meant = _ran(ran, f"{source}: LiteRT does not run the original")
    desktop = _ran(litert.run(written, batches), f"{source}: LiteRT does not run the repaired model")
    difference = first_difference(meant, desktop)
    if difference is not None:
        raise VerificationError(f"{source}: the repaired model computes something else in LiteRT: {difference}")
    # LiteRT computes shapes and TFLM does not, so that both are compared, where rounding alone tells them apart.
    compared = replace(COMPARED, count=count, domains=accepted)
    desktop = _ran(litert.run(written, compared), f"{source}: LiteRT does not run the repaired model")
    micro = tflm.run(written, compared)
    if isinstance(micro, Refusal):
        raise RefusedModelError(f"{source}: TFLM refuses the repaired model ({micro.stage.value}): {micro.reason}")
    gross = gross_difference(desktop, micro)
    if gross is not None:
        raise VerificationError(f"{source}: TFLM computes something else than LiteRT: {gross}")
    return f"equal bit for bit on {count} inputs", "equal to LiteRT up to rounding"


def _ran(run: Outputs | Refusal, what: str) -> Outputs:
    if isinstance(run, Refusal):
        raise VerificationError(f"{what}: {run.reason}")
    return run

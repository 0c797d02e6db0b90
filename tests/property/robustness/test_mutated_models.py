"""Mutated models under the verbs that run nothing: an answer or a refusal in one line, never an exception."""

import os
from pathlib import Path

from support.fuzzing import VERBS, mutants, run

# A run over many more: benchmarks/fuzz.py.
_COUNT = max(27, int(os.environ.get("ARENAFIT_EXAMPLES", "60")) // 2)


def test_mutated_models_are_answered_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "mutant.tflite"
    ended = []
    for seed, name, data in mutants(_COUNT):
        path.write_bytes(data)
        ended += [(seed, name, verb, run(verb, path, tmp_path / "out")) for verb in VERBS]

    assert [found for found in ended if found[3].startswith(("defect", "slow"))] == []
    # A run in which everything or nothing is refused would prove little.
    assert {found[3] for found in ended} == {"ok", "refused"}

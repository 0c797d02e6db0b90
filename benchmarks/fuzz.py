"""Runs verbs over many mutated models and counts how they end; what is wrong is printed with the seed that remakes it.

From the root of the repository:

PYTHONPATH=src:tests python benchmarks/fuzz.py --count 20000 --log fuzz.jsonl

Batches run one after the other in processes of their own, with limits of CPU and memory, so that a crash or a hang is
one file's. Interrupted, the same command goes on where the log ends.
"""

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Threads of the linear algebra would make the CPU time of a run depend on the machine's cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from arenafit.cli._exit import EXIT_DEFECT
from arenafit.errors import VerificationError
from support.fuzzing import (
    LONGEST_CPU_SECONDS,
    MOST_MIB,
    SMALL_FILES,
    VERBS,
    VERIFYING,
    Files,
    files_in,
    mutant,
    peak_mib,
    run,
)

Row = dict[str, Any]

_BATCH = 200
_UNVERIFIED = {(verb, VerificationError.exit_code) for verb in VERIFYING}
# After so many seeds command lines repeat.
_VARIANTS = 30
_MOST_ADDRESSES = 8 << 30
# A batch that takes so long for one run is waiting for something; killed by the CPU it counts as slow before.
_LONGEST_WAIT_SECONDS = 1800
_KILLING_CPU_SECONDS = 60


def main() -> None:
    wanted = _arguments()
    files = SMALL_FILES
    for folder in wanted.models:
        files = {**files, **files_in(folder, wanted.most_bytes)}
    rows = _read(wanted.log)
    if not wanted.summary:
        seeds = wanted.seeds or range(wanted.first, wanted.first + wanted.count)
        done = {row["seed"] for row in rows} if not wanted.seeds else set()
        with tempfile.TemporaryDirectory() as folder:
            _warm_up(wanted.verbs, Path(folder))
            job = _Job(wanted.verbs, files, wanted.log, Path(folder))
            for batch in _batches(seed for seed in seeds if seed not in done):
                job.run(batch)
        rows = _read(wanted.log)
        if wanted.seeds:
            rows = [row for row in rows if row["seed"] in wanted.seeds]
    sys.exit(_summary(list({row["seed"]: row for row in rows}.values())))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz verbs; exit code 1 if anything is wrong.")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=lambda text: [int(part) for part in text.split(",")], help="run these again")
    parser.add_argument("--verbs", type=lambda text: text.split(","), default=list(VERBS))
    parser.add_argument("--models", type=Path, action="append", default=[], help="a folder of models to damage, too")
    parser.add_argument("--most-bytes", type=int, default=12_000, help="the largest of them")
    parser.add_argument("--log", type=Path, required=True, help="one line for each file")
    parser.add_argument("--summary", action="store_true", help="run nothing, tell what the log holds")
    return parser.parse_args()


def _batches(seeds: Iterable[int]) -> Iterable[list[int]]:
    batch: list[int] = []
    for seed in seeds:
        batch.append(seed)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _warm_up(verbs: list[str], folder: Path) -> None:
    """Import in this process what the runs need, and read their command lines, once for all batches."""
    _, make = min(SMALL_FILES.items())
    for verb in verbs:
        for seed in range(_VARIANTS):
            run(verb, seed, make(), make(), folder=folder)


@dataclass(frozen=True)
class _Job:
    verbs: list[str]
    files: Files
    log: Path
    folder: Path

    def run(self, batch: list[int]) -> None:
        """Run the verbs over the files of these seeds in processes forked from this one."""
        while batch:
            before = len(_read(self.log))
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    self._work(batch)
                    code = 0
                finally:
                    os._exit(code)
            how = self._wait(child)
            batch = batch[len(_read(self.log)) - before :]
            if how and batch:
                wrong = [f"the process ended: {how}"]
                print(f"seed {batch[0]}, {wrong[0]}", flush=True)
                _write(self.log, {"seed": batch[0], "name": "", "runs": {}, "wrong": wrong})
                batch = batch[1:]

    def _wait(self, child: int) -> int:
        """Return how a child ended; one that does nothing for too long is killed."""
        seen, size = time.monotonic(), -1
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            now = self.log.stat().st_size if self.log.exists() else 0
            if now != size:
                seen, size = time.monotonic(), now
            elif time.monotonic() - seen > _LONGEST_WAIT_SECONDS:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.1)

    def _work(self, batch: list[int]) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))
        for seed in batch:
            name, data = mutant(seed, self.files)
            runs, wrong = {}, []
            for verb in self.verbs:
                used = resource.getrusage(resource.RUSAGE_SELF)
                most = int(used.ru_utime + used.ru_stime) + _KILLING_CPU_SECONDS
                resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
                ended = run(verb, seed, data, self.files[name](), folder=self.folder)
                runs[verb] = (ended.code, round(ended.cpu_seconds, 2), round(peak_mib()))
                wrong += [f"{verb}: {text}" for text in ended.wrong]
                if peak_mib() > MOST_MIB:
                    wrong.append(f"{verb}: {peak_mib():,.0f} MiB")
                    break
            for text in wrong:
                print(f"seed {seed} ({name}), {text}", flush=True)
            _write(self.log, {"seed": seed, "name": name, "runs": runs, "wrong": wrong})
            if peak_mib() > MOST_MIB:
                return  # the next process measures from the start again


def _write(log: Path, row: Row) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _read(log: Path) -> list[Row]:
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def _summary(rows: list[Row]) -> int:
    """Print how the files of a log ended; return 1 if anything is wrong, 0 otherwise."""
    runs = [(verb, *ended) for row in rows for verb, ended in row["runs"].items()]
    for verb in sorted({one[0] for one in runs}):
        mine = [one for one in runs if one[0] == verb]
        codes = ", ".join(f"{code}: {count:,}" for code, count in sorted(Counter(one[1] for one in mine).items()))
        slowest, most = max(one[2] for one in mine), max(one[3] for one in mine)
        print(f"{verb}: {len(mine):,} runs; exit codes {codes}; at most {slowest:.1f} s of CPU, {most:,} MiB")
    wrong = [text for row in rows for text in row["wrong"]]
    print(f"{len(rows):,} files, {len(runs):,} runs, {len(wrong)} wrong")
    counts = {
        "exit 70": sum(one[1] == EXIT_DEFECT for one in runs),
        "exit 6 of fit or plan": sum(one[:2] in _UNVERIFIED for one in runs),
        f"beyond {LONGEST_CPU_SECONDS:.0f} s of CPU": sum(one[2] > LONGEST_CPU_SECONDS for one in runs),
        f"beyond {MOST_MIB:,} MiB": sum(one[3] > MOST_MIB for one in runs),
        "exceptions that passed": sum(" passed: " in text for text in wrong),
        "processes that ended": sum(text.startswith("the process ended") for text in wrong),
        "files left behind": sum("left behind" in text for text in wrong),
        "control characters": sum("control character" in text for text in wrong),
    }
    print("; ".join(f"{what}: {count}" for what, count in counts.items()))
    return int(bool(wrong))


if __name__ == "__main__":
    main()

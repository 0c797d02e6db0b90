"""Kills verbs that write, at random moments, and looks at what lies there then, and after the next run.

From the root of the repository:

PYTHONPATH=src:tests python benchmarks/kills.py --count 200

Each run gets SIGKILL after a random share of the time the verb takes. After each kill: its children end by themselves,
every file in place is whole (byte for byte what was there before, or what an undisturbed run writes), the input is
untouched. After the next, undisturbed run: nothing lies there that an undisturbed run leaves not.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from arenafit.errors import ConfigError
from arenafit.ir import DType
from arenafit.prune.history import INDEX, load_history
from arenafit.tflite import write_bytes
from support.models import conv_chain

_SAMPLES = ["--data", "{work}/samples.npz"]
# What each verb writes lies in {out}, which it shares with nothing.
LINES: Mapping[str, list[str]] = {
    "fit": ["fit", "{work}/model.tflite", "-o", "{out}/fitted.tflite", "--effort", "1", "--inputs", "2"],
    "fit --pareto": [
        *["fit", "{work}/model.tflite", "-o", "{out}/fitted.tflite", "--pareto", "{out}/front"],
        *["--effort", "1", "--inputs", "2"],
    ],
    "plan": ["plan", "{work}/model.tflite", "-o", "{out}/planned.tflite", "--csv", "{out}/plan.csv"],
    "quantize": ["quantize", "{work}/float.tflite", *_SAMPLES, "-o", "{out}/int8.tflite", "--only"],
    "export": ["export", "{work}/model.tflite", "-o", "{out}/firmware"],
    "report": ["report", "{work}/model.tflite", "-o", "{out}/page.html", "--effort", "1"],
    "overlay": ["overlay", "{work}/model.tflite", "--to", "perfetto", "-o", "{out}/trace.json"],
    "whatif --apply": ["whatif", "{work}/model.tflite", "--apply", "1", "-o", "{out}/changed.tflite"],
    "prune --history": [
        *["prune", "{work}/float.tflite", "--data", "synthetic", "-o", "{out}/pruned.tflite"],
        *["--history", "{out}/history", "--force", "--max-drop", "90%"],
    ],
    "repair": ["repair", "{work}/model.tflite", "-o", "{out}/repaired.tflite"],
    "check -o": ["check", "{work}/model.tflite", "--arena", "1M", "--format", "junit", "-o", "{out}/check.xml"],
}


# Verbs whose next run adds to what the one before left whole, and the folder of it.
_GROWING = {"prune --history": "history"}
# At a tenth of a second each: the time that children have to notice that nobody waits for them.
_LOOKS = 300


class Place:
    """A folder with the inputs, and in it the folder that verbs write into."""

    def __init__(self, folder: Path) -> None:
        """Write the inputs."""
        self.work, self.out, self.temporary = folder / "work", folder / "out", folder / "tmp"
        for made in (self.work, self.out, self.temporary):
            made.mkdir()
        (self.work / "model.tflite").write_bytes(write_bytes(conv_chain(layers=2, size=8, channels=4)))
        (self.work / "float.tflite").write_bytes(write_bytes(conv_chain(DType.FLOAT32, layers=3, size=8, channels=8)))
        from arenafit.tflite import read_model  # noqa: PLC0415  # only the shape of the input is asked for

        model = read_model(self.work / "float.tflite")
        source = model.main.by_id[model.main.inputs[0]]
        drawn = np.random.default_rng(0).uniform(-1, 1, (16, *source.shape[1:])).astype(np.float32)
        np.savez(self.work / "samples.npz", **{source.name: drawn})
        self.inputs = _files(self.work)

    def start(self, verb: str) -> "subprocess.Popen[bytes]":
        """Start a verb in a process group of its own."""
        line = [part.format(work=self.work, out=self.out) for part in LINES[verb]]
        return subprocess.Popen(
            [sys.executable, "-m", "arenafit", *line],
            stdout=subprocess.DEVNULL,
            stderr=(self.work.parent / "said").open("wb"),
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(self.temporary)},
        )

    def finish(self, verb: str) -> str:
        """Run a verb undisturbed; return what it says on stderr if it fails."""
        code = self.start(verb).wait()
        return "" if code == 0 else f"exit {code}: {(self.work.parent / 'said').read_text('utf-8').strip()}"

    def clear(self) -> None:
        """Remove what verbs have written."""
        for folder in (self.out, self.temporary):
            shutil.rmtree(folder)
            folder.mkdir()


def _settled(files: Mapping[str, bytes], verb: str) -> dict[str, bytes]:
    """Return what is compared: of a history only what is unfinished, as each run adds an entry to it."""
    growing = f"{_GROWING[verb]}/" if verb in _GROWING else None
    return {
        name: content
        for name, content in files.items()
        if growing is None or not name.startswith(growing) or name.endswith(".part")
    }


def _is_whole_history(folder: Path) -> bool:
    """Whether a folder holds a history, if only a begun one: it can be read, and its models are those that it names."""
    try:
        entries = load_history(folder).entries
        contents = [(folder / entry.file).read_bytes() for entry in entries]
    except (ConfigError, OSError):
        return False
    return [hashlib.sha256(content).hexdigest() for content in contents] == [entry.sha256 for entry in entries]


def _ends(group: int) -> bool:
    """Whether all processes of a group come to an end by themselves."""
    for _ in range(_LOOKS):
        if not any(_alive_in(group, path) for path in Path("/proc").glob("[0-9]*")):
            return True
        time.sleep(0.1)
    return False


def _alive_in(group: int, process: Path) -> bool:
    try:
        state, _, found = (process / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return False
    return state != "Z" and int(found) == group


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill verbs at random moments; exit code 1 if anything is wrong.")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbs", type=lambda text: text.split(","), default=list(LINES))
    wanted = parser.parse_args()
    draw = random.Random(wanted.seed)  # noqa: S311  # moments, no secrets
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for number, verb in enumerate(wanted.verbs):
        kills = wanted.count // len(wanted.verbs) + (number < wanted.count % len(wanted.verbs))
        with tempfile.TemporaryDirectory() as folder:
            wrong += _kill(verb, kills, Place(Path(folder)), draw, counts)
        print(f"{verb}: {kills} kills, {len(wrong)} wrong so far", flush=True)
    for text in wrong:
        print(text)
    print("; ".join(f"{what}: {count}" for what, count in counts.items()))
    sys.exit(bool(wrong))


def _kill(verb: str, kills: int, place: Place, draw: random.Random, counts: Counter[str]) -> list[str]:
    wrong = []
    began = time.monotonic()
    said = place.finish(verb)
    usual_seconds = time.monotonic() - began
    if said:
        return [f"{verb}: undisturbed: {said}"]
    whole = _files(place.out)
    for number in range(kills):
        if number % 2 or verb in _GROWING:
            place.clear()  # every other one finds the results of a run in place
        before = _files(place.out)
        running = place.start(verb)
        time.sleep(draw.uniform(0.2, 1.0) * usual_seconds)
        counts["killed" if running.poll() is None else "had ended"] += 1
        running.kill()
        running.wait()
        if not _ends(running.pid):
            wrong.append(f"{verb}, kill {number}: its children live on")
            os.killpg(running.pid, signal.SIGKILL)
        left = _files(place.out)
        parts = [name for name in left if Path(name).name.startswith(".") and name.endswith(".part")]
        counts["unfinished files left by kills"] += len(parts)
        counts["kills that left temporary files"] += any(place.temporary.iterdir())
        placed = left.keys() - set(parts)
        halves = [name for name in placed if left[name] not in (before.get(name), whole.get(name))]
        begun = verb in _GROWING and _is_whole_history(place.out / _GROWING[verb])
        halves = [name for name in halves if not (begun and Path(name).name == INDEX)]
        wrong += [f"{verb}, kill {number}: {name} is neither old nor new" for name in halves]
        if _files(place.work) != place.inputs:
            wrong.append(f"{verb}, kill {number}: an input is changed")
        if parts or begun or number == kills - 1:
            said = place.finish(verb)
            after = _settled(_files(place.out), verb)
            if said or after != _settled(whole, verb):
                wrong.append(f"{verb}, after kill {number}: {said or sorted(after.keys() ^ whole.keys())}")
            counts["next runs"] += 1
    return wrong


if __name__ == "__main__":
    main()

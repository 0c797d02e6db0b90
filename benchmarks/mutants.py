"""How many wrong lines the suite would notice without the corpus: mutants of guards and sizes, a fixed sample of them.

    python benchmarks/mutants.py --output mutants.json
    python benchmarks/mutants.py --room layout --count 20 --seed 3
    python benchmarks/mutants.py --room rewrites --only rewrites/elide_copies.py:71:4:negate

A mutant is one expression changed: a comparison turned or moved by one, ``and`` for ``or``, a condition negated, and in
kernels/ a sum, product or number that goes into a size. All of a sample are built into one copy of the tree, each
behind a switch. The tests of a room are collected once; a run without mutants tells which tests reach which, and each
mutant then runs on these alone, in a process of its own. A mutant that no test reaches, or that all pass, has survived;
one whose tests do not end in the time given is killed.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEED = 20261130
# Of each room: which files are mutated, which tests stand for it, how many mutants are drawn.
ROOMS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "rewrites": (
        "rewrites/**/*.py",
        (
            "tests/unit/rewrites",
            "tests/unit/fit/test_claims.py",
            "tests/unit/fit/test_guards.py",
            "tests/golden/test_rewrites_text.py",
            "tests/property/rewrites/test_dead_channels.py",
            "tests/property/rewrites/test_joined_stripes.py",
        ),
        26,
    ),
    "kernels": (
        "kernels/*.py",
        (
            "tests/unit/kernels",
            "tests/unit/tflm",
            "tests/unit/validity",
            "tests/property/kernels",
            "tests/differential/test_sharing_rules.py",
        ),
        18,
    ),
    "planning": ("planning/**/*.py", ("tests/unit/planning", "tests/property/planning"), 14),
    "layout": ("layout/*.py", ("tests/unit/layout", "tests/unit/fit/test_failures.py"), 12),
    "streaming": (
        "streaming/**/*.py",
        ("tests/unit/streaming", "tests/golden/test_streaming_text.py", "tests/property/streaming/test_known_cases.py"),
        14,
    ),
}
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_SUMS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
}  # fmt: skip
# Written into the copy of the tree: the switch, and a plugin of pytest that runs the mutants.
_SWITCH = """
import functools
import gc
import json
import os
import signal

ACTIVE = ""
REACHED = {}
TEST = ""
CACHED = []


def on(name):
    if not ACTIVE:
        REACHED.setdefault(name, set()).add(TEST)
    return name == ACTIVE


def pytest_runtest_setup(item):
    global TEST
    TEST = item.nodeid
    # What a cache keeps from test to test would be reached by the first alone.
    for cached in CACHED:
        cached.cache_clear()


def _run(session, items):
    for position, item in enumerate(items):
        following = items[position + 1] if position + 1 < len(items) else None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    return 0


def _forked(work, seconds):
    child = os.fork()
    if not child:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        signal.alarm(seconds)  # ends the process
        code = 3
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def pytest_runtestloop(session):
    global ACTIVE
    CACHED.extend(found for found in gc.get_objects() if isinstance(found, functools._lru_cache_wrapper))
    with open(os.environ["ARENAFIT_MUTANTS"]) as file:
        task = json.load(file)

    def whole():
        code = _run(session, session.items)
        with open(task["reached"], "w") as file:
            json.dump({name: sorted(tests) for name, tests in REACHED.items()}, file)
        return code

    at_import = set(REACHED)
    if _forked(whole, 3600):
        raise SystemExit("the tests fail without a mutant")
    with open(task["reached"]) as file:
        reached = json.load(file)
    for name in task["mutants"]:
        tests = set(reached.get(name, ()))
        items = session.items if name in at_import else [item for item in session.items if item.nodeid in tests]
        ACTIVE = name
        code = _forked(lambda: _run(session, items), task["seconds"]) if items else 0
        ACTIVE = ""
        verdict = "not reached" if not items else "killed" if code else "survived"
        with open(task["verdicts"], "a") as file:
            file.write(f"{verdict}\\t{name}\\n")
    return True
"""


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One changed expression: its file below src/arenafit, place and kind."""

    path: str
    line: int
    column: int
    kind: str

    @property
    def name(self) -> str:
        """What names it on the command line."""
        return f"{self.path}:{self.line}:{self.column}:{self.kind}"


def changed(node: ast.AST, *, sizes: bool) -> Iterator[tuple[str, ast.expr]]:
    """Yield the kinds of change that an expression takes, and what becomes of it."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        turned = _COMPARISONS[type(node.ops[0])]()
        yield "compare", ast.Compare(node.left, [turned], node.comparators)
    if isinstance(node, ast.BoolOp):
        yield "junction", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "negate", node.operand
    if sizes and isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
        yield "arithmetic", ast.BinOp(node.left, _SUMS[type(node.op)](), node.right)
    if sizes and isinstance(node, ast.Constant) and type(node.value) is int:
        yield "constant", ast.Constant(node.value + 1)


class _Sites(ast.NodeVisitor):
    """Collects what can be changed inside functions, texts and patterns aside."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Mutant] = []
        self._inside = 0

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.JoinedStr | ast.match_case | ast.Lambda | ast.NamedExpr | ast.Assert):
            return
        if isinstance(node, ast.FunctionDef):
            self._inside += 1
            for statement in node.body:
                self.visit(statement)
            self._inside -= 1
            return
        if self._inside and isinstance(node, ast.expr):
            for kind, _ in changed(node, sizes=self.path.startswith("kernels/")):
                self.found.append(Mutant(self.path, node.lineno, node.col_offset, kind))
        self.generic_visit(node)


class _Build(ast.NodeTransformer):
    """Puts mutants behind their switches."""

    def __init__(self, mutants: Sequence[Mutant]) -> None:
        self._wanted = {(item.line, item.column, item.kind): item for item in mutants}

    def visit(self, node: ast.AST) -> ast.AST:
        place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        made = self.generic_visit(node)
        for kind, other in changed(node, sizes=True):
            mutant = self._wanted.get((*place, kind))
            if mutant is not None and isinstance(made, ast.expr):
                switch = ast.parse(f"__mutants__.on({mutant.name!r})", mode="eval").body
                return ast.IfExp(switch, other, made)
        return made


def sites(pattern: str) -> list[Mutant]:
    """Return all mutants of the files that a pattern names."""
    found: list[Mutant] = []
    source = ROOT / "src" / "arenafit"
    for path in sorted(source.glob(pattern)):
        visitor = _Sites(path.relative_to(source).as_posix())
        visitor.visit(ast.parse(path.read_text()))
        found += visitor.found
    return found


def sample(room: str, count: int | None, seed: int) -> list[Mutant]:
    """Return the mutants drawn of a room; the same for a seed and a tree."""
    pattern, _, usual = ROOMS[room]
    known = sites(pattern)
    return sorted(random.Random(f"{room} {seed}").sample(known, min(len(known), count or usual)))  # noqa: S311


def built(mutants: Sequence[Mutant], into: Path) -> None:
    """Copy the tree and put the mutants in."""
    for name in ("src", "tests", "benchmarks", "docs", "examples", "pyproject.toml", "README.md", "CHANGELOG.md"):
        origin = ROOT / name
        if origin.is_dir():
            shutil.copytree(origin, into / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif origin.exists():
            shutil.copy(origin, into / name)
    package = into / "src" / "arenafit"
    (package / "mutants_switch.py").write_text(_SWITCH)
    for path in sorted({item.path for item in mutants}):
        tree = ast.parse((package / path).read_text())
        _Build([item for item in mutants if item.path == path]).visit(tree)
        ast.fix_missing_locations(tree)
        position = 1 + sum(isinstance(item, ast.ImportFrom) and item.module == "__future__" for item in tree.body)
        tree.body[position:position] = ast.parse("from arenafit import mutants_switch as __mutants__").body
        (package / path).write_text(ast.unparse(tree))


def tried(room: str, mutants: Sequence[Mutant], seconds: int) -> Iterator[tuple[str, str]]:
    """Yield the name of each mutant with ``killed``, ``survived`` or ``not reached``."""
    with tempfile.TemporaryDirectory() as folder:
        tree, task, verdicts = Path(folder) / "tree", Path(folder) / "task.json", Path(folder) / "verdicts"
        tree.mkdir()
        built(mutants, tree)
        wanted = {"mutants": [item.name for item in mutants], "seconds": seconds, "verdicts": str(verdicts)}
        task.write_text(json.dumps({**wanted, "reached": str(Path(folder) / "reached.json")}))
        environment = {key: value for key, value in os.environ.items() if key != "ARENAFIT_CORPUS"}
        environment |= {"PYTHONPATH": str(tree / "src"), "ARENAFIT_MUTANTS": str(task)}
        environment.setdefault("ARENAFIT_EXAMPLES", "10")
        options = ["-q", "-p", "no:cacheprovider", "-p", "arenafit.mutants_switch"]
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, *ROOMS[room][1]], check=True, cwd=tree, env=environment
        )
        for line in verdicts.read_text().splitlines():
            verdict, name = line.split("\t")
            yield verdict, name


def main() -> None:
    """Run the sample and print what became of each mutant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--room", choices=ROOMS, action="append")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", action="append", default=[], help="path:line:column:kind")
    parser.add_argument("--seconds", type=int, default=600, help="longest run of one mutant's tests")
    parser.add_argument("--output", type=Path)
    chosen = parser.parse_args()
    results: list[tuple[str, str]] = []
    for room in chosen.room or ROOMS:
        drawn = sample(room, chosen.count, chosen.seed)
        if chosen.only:
            drawn = [item for item in sites(ROOMS[room][0]) if item.name in chosen.only]
        if not drawn:
            continue
        for verdict, name in tried(room, drawn, chosen.seconds):
            results.append((verdict, name))
            print(f"{verdict:12} {name}", flush=True)
        if chosen.output:
            chosen.output.write_text(json.dumps([{"mutant": name, "verdict": verdict} for verdict, name in results]))
    killed = sum(verdict == "killed" for verdict, _ in results)
    print(f"{killed} of {len(results)} killed ({100 * killed / max(1, len(results)):.0f} %)")


if __name__ == "__main__":
    main()

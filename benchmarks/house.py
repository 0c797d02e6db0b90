"""How the source tree is built: where operators' names stand, how large rooms, files and signatures are.

    python benchmarks/house.py            # the table
    python benchmarks/house.py --names    # and the files of each operator that stands in more than four

A name counts in a file of Python where a string of the code is that name; comments and docstrings do not count.
"""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean, median

SOURCES = Path(__file__).resolve().parents[1] / "src" / "arenafit"
MOST_LINES = 300
MOST_PARAMETERS = 6
MOST_FILES = 4


def sources(root: Path = SOURCES) -> dict[Path, ast.Module]:
    """Return the syntax tree of every file of Python, by its path below `root`."""
    return {path.relative_to(root): ast.parse(path.read_text()) for path in sorted(root.rglob("*.py"))}


def operator_names(trees: Mapping[Path, ast.Module]) -> list[str]:
    """Return the names that files of ops/ export: the first argument of the `Operator` in ``OPERATOR = ...``."""
    found = []
    for path, tree in trees.items():
        if path.parts[0] != "ops" or len(path.parts) != 2:
            continue
        for statement in tree.body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "OPERATOR":
                calls = [node for node in ast.walk(statement.value) if isinstance(node, ast.Call) and node.args]
                texts = (call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant))
                found += [text for text in texts if isinstance(text, str)][:1]
    return found


def files_of_names(trees: Mapping[Path, ast.Module]) -> dict[str, list[Path]]:
    """Return for each operator's name the files whose code has it as a string."""
    names = set(operator_names(trees))
    found: dict[str, list[Path]] = {name: [] for name in sorted(names)}
    for path, tree in trees.items():
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        for name in names & {value for value in constants if isinstance(value, str)}:
            found[name].append(path)
    return found


def lines_of_rooms(root: Path = SOURCES) -> Counter[str]:
    """Return the lines of each room; files beside the rooms count as one called "."."""
    found: Counter[str] = Counter()
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).parts
        found[parts[0] if len(parts) > 1 else "."] += len(path.read_text().splitlines())
    return found


def depth_of_imports(trees: Mapping[Path, ast.Module], room: str) -> tuple[int, int]:
    """Return the longest chain of imports among the files of `room`, and their number."""
    inside = {path for path in trees if path.parts[0] == room}
    known = {".".join(("arenafit", *path.with_suffix("").parts)).removesuffix(".__init__"): path for path in inside}
    imports = {path: {known[name] for name in _imported(trees[path]) if name in known} - {path} for path in inside}
    depths: dict[Path, int] = {}

    def depth(path: Path) -> int:
        if path not in depths:
            depths[path] = 1  # a circle would end here; the import contracts allow none
            depths[path] = 1 + max((depth(other) for other in imports[path]), default=0)
        return depths[path]

    return max(map(depth, inside), default=0), len(inside)


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def long_files(root: Path = SOURCES) -> dict[Path, int]:
    """Return the files with more lines than a file may have."""
    sizes = {path.relative_to(root): len(path.read_text().splitlines()) for path in sorted(root.rglob("*.py"))}
    return {path: count for path, count in sizes.items() if count > MOST_LINES}


def wide_functions(trees: Mapping[Path, ast.Module]) -> list[tuple[Path, str, int]]:
    """Return the functions with more parameters than a function may have, `self` and `cls` aside."""
    found = []
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = node.args
                names = [item.arg for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
                count = len([name for name in names if name not in ("self", "cls")])
                if count > MOST_PARAMETERS:
                    found.append((path, node.name, count))
    return found


def same_named(trees: Mapping[Path, ast.Module]) -> dict[str, list[Path]]:
    """Return the names of classes that stand in several files."""
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path)
    return {name: paths for name, paths in sorted(found.items()) if len(paths) > 1}


def main() -> None:
    """Print the table."""
    trees = sources()
    names = files_of_names(trees)
    counts = [len(paths) for paths in names.values()]
    rooms = lines_of_rooms()
    largest, lines = rooms.most_common(1)[0]
    depth, files = depth_of_imports(trees, "streaming")
    often = sorted(names, key=lambda name: -len(names[name]))[:8]
    print(f"operators                        {len(names)}")
    print(f"files per operator's name        median {median(counts):g}, mean {mean(counts):.2f}")
    print(f"  most                           {', '.join(f'{name} {len(names[name])}' for name in often)}")
    print(f"lines                            {sum(rooms.values())} in {len(trees)} files")
    print(f"largest room                     {largest}: {lines} lines, {100 * lines / sum(rooms.values()):.1f} %")
    print(f"depth of streaming/              {depth} floors for {files} files")
    print(f"files of more than {MOST_LINES} lines      {_listed(f'{path} {n}' for path, n in long_files().items())}")
    wide = [f"{path}:{name} {count}" for path, name, count in wide_functions(trees)]
    print(f"functions of > {MOST_PARAMETERS} parameters       {len(wide)}")
    print("".join(f"  {line}\n" for line in wide), end="")
    several = same_named(trees)
    print(f"class names in several files     {len(several)}: {', '.join(several)}")
    if "--names" in sys.argv[1:]:
        for name in sorted(names, key=lambda name: -len(names[name])):
            if len(names[name]) > MOST_FILES:
                print(f"{name} {len(names[name])}: {' '.join(map(str, names[name]))}")


def _listed(items: Iterator[str]) -> str:
    return ", ".join(items) or "none"


if __name__ == "__main__":
    main()

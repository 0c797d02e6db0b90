"""Arguments and options that several verbs share, so that they read and behave the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from arenafit.targets.choice import TARGETS
from arenafit.targets.libraries import LIBRARIES

ModelArgument = Annotated[Path, typer.Argument(metavar="MODEL", help="The `.tflite` model.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
AllOption = Annotated[bool, typer.Option("--all", help="Show every table.")]
BoardOption = Annotated[
    str | None,
    typer.Option(
        "--board",
        "-b",
        metavar="NAME|FILE.toml",
        help="Board to run on; `arenafit boards` lists them.",
        show_default=False,
    ),
]
_TARGETS = ", ".join(f"`{target.name}`" for target in TARGETS)
_KERNELS = ", ".join(f"`{name}`" for name in LIBRARIES)

TargetOption = Annotated[
    str | None,
    typer.Option(
        "--target",
        "-t",
        metavar="NAME",
        help=f"What to predict for: {_TARGETS}.",
        show_default=False,
    ),
]
KernelsOption = Annotated[
    str | None,
    typer.Option(
        "--kernels",
        metavar="NAME",
        help=f"Kernel library instead of the target's: {_KERNELS}.",
        show_default=False,
    ),
]
EffortOption = Annotated[
    str,
    typer.Option(
        metavar="fast|default|thorough|N",
        help="Work the search may do, counted, so that any machine finds the same; N is thousands of steps.",
    ),
]
TimeOption = Annotated[
    float | None,
    typer.Option(
        "--time",
        metavar="SECONDS",
        help="Cap on the search's time; what it cuts depends on the machine, and is said to be cut.",
        min=0.0,
        show_default=False,
    ),
]
TflmOption = Annotated[
    str | None,
    typer.Option(
        "--tflm",
        metavar="MONTH|PRODUCT",
        help="The TFLM you have: a month (`2024-06`), `oldest`, or what carries it, such as `arduino` or"
        " `esp-tflite-micro@1.3`.",
        show_default=False,
    ),
]
OnlyKernelsOption = Annotated[
    bool,
    typer.Option(
        "--only-kernels", help="Rely on the target's kernel library alone: smaller, but unsafe with another one."
    ),
]
DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FILE|FOLDER|module:function",
        help="Input samples of your own to run on: `.npz`, `.npy`, a folder of `.npy`, or a callable.",
        show_default=False,
    ),
]
MemoryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--memory",
        metavar="NAME=SIZE[:COST]",
        help="A memory that buffers may go to, such as `dtcm=128K` or `axi=512K:1.5`; COST is that of a byte read or"
        " written (`READ/WRITE`), `@SECTION` behind it the linker's section. Repeat it for each; `board` stands for"
        " all of the board's.",
        show_default=False,
    ),
]
ArenaOption = Annotated[
    str | None,
    typer.Option(
        "--arena",
        metavar="NAME",
        help="The memory for the arena with what is persistent; by default where that costs least.",
        show_default=False,
    ),
]
PinOption = Annotated[
    list[str] | None,
    typer.Option(
        "--pin",
        metavar="TENSOR=MEMORY",
        help="A tensor that must lie in one of the memories: `input` or `output` (`input:1` for one of several), or a"
        " name. Repeat it for each.",
        show_default=False,
    ),
]
ExactOption = Annotated[
    bool,
    typer.Option(
        "--exact", help="Search the plan over memories by CP-SAT, too; needs `pip install 'arenafit[exact]'`."
    ),
]
ReserveOption = Annotated[
    str | None,
    typer.Option(
        "--reserve", metavar="SIZE", help="RAM to leave free on the board, such as `24K`.", show_default=False
    ),
]
EstimateOption = Annotated[
    bool, typer.Option("--estimate", help="Go on where an operator's kernel is not known, and leave it out.")
]
OutputModelOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="OUT", help="Where to write the model.", show_default=False)
]

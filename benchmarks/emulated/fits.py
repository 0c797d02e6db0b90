"""Fits models for the programs of this directory, and keeps what was fitted."""

import argparse
from hashlib import sha256
from pathlib import Path

from arenafit import __version__
from arenafit.errors import ArenafitError
from arenafit.fit import Settings
from arenafit.fit.search.driver import Search
from arenafit.ir import Model
from arenafit.rewrites.protocol import Validity
from arenafit.targets.choice import find_target
from arenafit.targets.target import Target
from arenafit.tflite import read_model, write_bytes


def add_fitting(parser: argparse.ArgumentParser) -> None:
    """Let the command line say how models are fitted."""
    parser.add_argument("--fit", choices=[one.value for one in Validity], help="fit the models first")
    parser.add_argument("--fitted-for", metavar="TARGET", help="fit for this target instead of the library's")
    parser.add_argument("--effort", default="fast", help="of the fit, as `arenafit fit` takes it")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep fitted models, and take those that are there")


def fit(path: Path, target: Target, options: argparse.Namespace) -> Model:
    """Return the model of `path` as fitted for `target` by what `add_fitting` asked for.

    Raises:
        ArenafitError: if it cannot be fitted.
    """
    if options.fitted_for is not None:
        target = find_target(options.fitted_for)
    kept = None
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
        # Named by all that the fit depends on: another model of that name, effort or version is fitted anew.
        content = sha256(path.read_bytes()).hexdigest()[:12]
        words = (path.stem, target.name, options.fit, options.effort, __version__, content)
        kept = options.keep / f"{'.'.join(words)}.tflite"
        if kept.exists():
            return read_model(kept)
    model = read_model(path)
    settings = Settings(target=target, effort=options.effort, validity=Validity(options.fit))
    found = Search(model, settings, lambda _: None).run()
    if not found:
        raise ArenafitError(f"{path}: nothing smaller was found")
    fitted = found[0].priced.model
    if kept is not None:
        kept.write_bytes(write_bytes(fitted))
    return fitted

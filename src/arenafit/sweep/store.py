"""The storage: an Optuna study in a journal file or a database, and the sweep's plan beside it."""

import base64
import re
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from arenafit.errors import ConfigError, RuntimeUnavailableError
from arenafit.sweep.extras import optuna
from arenafit.sweep.journal import begins_as_journal, journal_backend
from arenafit.sweep.plan import Plan, StudyConfig
from arenafit.sweep.space import Space

STUDY = "arenafit"
# Databases ask for signs of life this often, and give a process up after so long without one (seconds).
BEAT_SECONDS, GRACE_SECONDS = 20, 90
_CHUNK = 48_000
_PLAN, _SPACE, _MODEL = "arenafit:plan", "arenafit:space", "arenafit:model"


def is_url(storage: str) -> bool:
    """Return whether `storage` names a database, not a file."""
    return re.match(r"[a-z][a-z0-9+.-]*://", storage) is not None


def shown(storage: str) -> str:
    """Return the name of the storage without a password, be that before the host or among the parameters."""
    hidden = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", storage)
    return re.sub(r"([?&](?:password|passwd)=)[^&]*", r"\1***", hidden, flags=re.IGNORECASE)


def open_storage(storage: str, *, create: bool) -> Any:
    """Return Optuna's storage.

    Raises:
        ConfigError: if there is none and it shall not be made, or it cannot be opened.
        RuntimeUnavailableError: if Optuna or the database's driver is missing.
    """
    module = optuna()
    if not is_url(storage):
        path = Path(storage)
        if not path.exists() and not create:
            raise ConfigError(f"{storage}: there is no such sweep")
        if (path.exists() and not path.is_file()) or not path.parent.is_dir():
            raise ConfigError(f"{storage}: is no place for a journal file")
        if path.exists() and not begins_as_journal(path):
            raise ConfigError(f"{storage}: is no journal of a sweep, and stays as it is: name another file")
        try:
            return module.storages.JournalStorage(journal_backend(path))
        except (ValueError, KeyError, TypeError, OSError, AttributeError) as error:
            raise ConfigError(f"{storage}: is no journal of a sweep ({type(error).__name__})") from None
    try:
        return module.storages.RDBStorage(
            _with_driver(storage),
            engine_kwargs={"pool_pre_ping": True},
            heartbeat_interval=BEAT_SECONDS,
            grace_period=GRACE_SECONDS,
        )
    except ImportError as error:
        raise RuntimeUnavailableError(
            f"{shown(storage)}: the driver is missing ({error}): pip install 'arenafit[sweep]' psycopg2-binary"
        ) from None
    except Exception as error:  # noqa: BLE001 - each driver has its own errors
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"{shown(storage)}: the database cannot be used: {said}") from None


def _with_driver(url: str) -> str:
    """Return the URL with the PostgreSQL driver that is installed, where it names none."""
    if not url.startswith("postgresql://"):
        return url
    driver = next((name for name in ("psycopg2", "psycopg") if find_spec(name) is not None), None)
    return url if driver is None else f"postgresql+{driver}{url.removeprefix('postgresql')}"


def create(storage: str, config: StudyConfig) -> Any:
    """Return a new study with the plan in it.

    Raises:
        ConfigError: if the storage holds a sweep already.
    """
    module = optuna()
    place = open_storage(storage, create=True)
    try:
        study = module.create_study(storage=place, study_name=STUDY, directions=["minimize"] * len(config.plan.aims))
    except module.exceptions.DuplicatedStudyError:
        raise ConfigError(
            f"{shown(storage)}: holds a sweep already; --resume goes on with it, --join helps it"
        ) from None
    for name, text in _chunks(config):
        study.set_user_attr(name, text)
    study.set_metric_names(list(config.plan.aims))
    study.set_user_attr(_PLAN, config.plan.as_json())  # last: a study with a plan is whole
    return study


def load(storage: str, sampler: Any = None) -> tuple[Any, StudyConfig]:
    """Return the study in the storage, and its plan.

    Raises:
        ConfigError: if there is none.
    """
    module = optuna()
    place = open_storage(storage, create=False)
    try:
        study = module.load_study(storage=place, study_name=STUDY, sampler=sampler)
    except KeyError:
        raise ConfigError(f"{shown(storage)}: holds no sweep") from None
    return study, config_of(study, shown(storage))


def config_of(study: Any, storage: str) -> StudyConfig:
    """Return the plan that a study holds.

    Raises:
        ConfigError: if it holds none.
    """
    attributes = study.user_attrs
    if _PLAN not in attributes or _SPACE not in attributes:
        raise ConfigError(f"{storage}: the study holds no sweep of arenafit, or its beginning was interrupted")
    parts = [attributes[f"{_MODEL}:{place}"] for place in range(int(attributes.get(f"{_MODEL}:count", 0)))]
    model = zlib.decompress(base64.b85decode("".join(parts))) if parts else None
    return StudyConfig(Plan.from_json(attributes[_PLAN]), Space.from_json(attributes[_SPACE]), model)


def set_plan(study: Any, plan: Plan) -> None:
    """Put a changed plan in place: a larger budget."""
    study.set_user_attr(_PLAN, plan.as_json())


def _chunks(config: StudyConfig) -> Iterator[tuple[str, Any]]:
    yield _SPACE, config.space.as_json()
    if config.model is not None:
        text = base64.b85encode(zlib.compress(config.model, 9)).decode()
        parts = [text[place : place + _CHUNK] for place in range(0, len(text), _CHUNK)]
        yield f"{_MODEL}:count", len(parts)
        for place, part in enumerate(parts):
            yield f"{_MODEL}:{place}", part


def distributions(space: Space) -> dict[str, Any]:
    """Return the parameters as Optuna samples them."""
    module = optuna()
    made = {}
    for parameter in space.parameters:
        if parameter.choices:
            made[parameter.name] = module.distributions.CategoricalDistribution(parameter.choices)
        else:
            made[parameter.name] = module.distributions.IntDistribution(
                parameter.low, parameter.high, step=parameter.step
            )
    return made

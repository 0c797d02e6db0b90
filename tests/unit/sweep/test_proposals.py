"""What is trained next: variation, forecast, what a candidate may add to a front, and the sampler over them."""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import count
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.accuracy.samples import Samples
from arenafit.learn.student import TrainingSchedule
from arenafit.sweep.extras import optuna
from arenafit.sweep.finished import KEY, RESULT
from arenafit.sweep.first_prices import FirstPrices
from arenafit.sweep.forecast import Forecast, features
from arenafit.sweep.gain import expected_gain
from arenafit.sweep.judge import Loss
from arenafit.sweep.model_source import ModelSource, SampleSplits
from arenafit.sweep.plan import Plan, StudyConfig
from arenafit.sweep.pricing import Figures
from arenafit.sweep.proposals import Proposals, Seen, _history, price_first_sampler
from arenafit.sweep.protocol import Candidate, Trained
from arenafit.sweep.run import begin
from arenafit.sweep.space import IO, RECIPE, Parameter, Params, Space
from arenafit.sweep.store import create, distributions, load
from arenafit.sweep.trial import GivenUpError, WorkerContext, _priced, suggested
from arenafit.sweep.trial_store import TrialStore
from arenafit.sweep.variation import child, drawn
from arenafit.sweep.worker import Job, work
from arenafit.tflite import write_bytes
from support.sweeps import classifier, priced_config, save_samples, space

_RANDOM = np.random.default_rng


def _changed(one: Mapping[str, object], other: Mapping[str, object]) -> int:
    return sum(one[name] != other[name] for name in one)


def test_what_is_drawn_keeps_precision_and_ports_and_most_of_the_structure() -> None:
    found = [drawn(space(), random) for random in map(_RANDOM, range(40))]
    assert {(params[RECIPE], params[IO]) for params in found} == {("int8", "int8")}
    kept = sum(params["input"] == "keep" for params in found)
    assert len(found) // 2 < kept < len(found)
    assert all(item.holds(params[item.name]) for params in found for item in space().parameters)


def test_a_child_differs_from_its_parent_in_one_to_three_parameters() -> None:
    parent = {**space().defaults, "conv#0.channels": 8}
    found = [child(space(), [parent], random) for random in map(_RANDOM, range(60))]
    assert {_changed(parent, made) for made in found} >= {1, 2, 3}
    assert max(_changed(parent, made) for made in found) == 3
    assert all(item.holds(made[item.name]) for made in found for item in space().parameters)


def test_children_of_two_are_now_and_then_of_both() -> None:
    names = [f"choice {number}" for number in range(12)]
    wide = Space(tuple(Parameter(name, ("one", "other", "neither")) for name in names))
    parents: list[Params] = [dict.fromkeys(names, "one"), dict.fromkeys(names, "other")]
    found = [child(wide, parents, random) for random in map(_RANDOM, range(60))]
    # One parent, changed, is at most three parameters away from it.
    of_both = sum(min(_changed(parent, made) for parent in parents) > 3 for made in found)
    assert 0 < of_both < 20


def figures(fitted: int, macs: int = 1000) -> Figures:
    return Figures(2 * fitted, 100, macs, macs, fitted, macs)


def test_a_forecast_holds_what_was_seen_and_is_unsure_of_what_was_not() -> None:
    params = [{**space().defaults, "conv#0.channels": width} for width in (4, 6, 8, 14, 16)]
    known = np.stack([features(space(), item, figures(1, 1000 * int(item["conv#0.channels"]))) for item in params])
    values = np.array([4.0, 3.0, 2.0, 0.5, 0.4])
    forecast = Forecast.of(known, values, np.full(5, 0.01))
    expected, spread = forecast.at(known)
    assert np.allclose(expected, values, atol=0.3)
    far = {**space().defaults, "conv#0.channels": 4, "conv#2.channels": 2, "input": "0.5", "pool#1.window": "3"}
    unsure = forecast.at(features(space(), far, figures(1, 10))[None])[1]
    assert unsure[0] > 2 * spread.max()


def test_where_nothing_is_known_less_arithmetic_is_expected_to_lose_more() -> None:
    params = [{**space().defaults, "conv#0.channels": width} for width in (4, 8, 16)]
    known = np.stack([features(space(), item, figures(1, 10 ** int(place + 3))) for place, item in enumerate(params)])
    falling = Forecast.of(known, np.array([4.0, 2.0, 0.0]), np.full(3, 0.01))
    far = {**space().defaults, "conv#0.channels": 10, "conv#2.channels": 2, "input": "0.5", "pool#1.window": "3"}
    wanted = np.stack([features(space(), far, figures(1, 10)), features(space(), far, figures(1, 10**7))])
    little, much = falling.at(wanted)[0]
    assert little > 4.0
    assert much < 0.5
    rising = Forecast.of(known, np.array([0.0, 2.0, 4.0]), np.full(3, 0.01))
    assert rising.line == (2.0, 0.0), "chance, or the training: not a law"


def gain(costs: list[float], losses: list[float], candidate: float, loss: float) -> float:
    found = expected_gain(
        (np.array(costs), np.array(losses)), np.array([candidate]), (np.array([loss]), np.array([1e-9])), 4.0
    )
    return float(found[0])


def test_the_gain_is_the_area_that_a_point_adds_to_the_front() -> None:
    end = 3.0 + np.log(2.0)
    assert gain([1.0, 3.0], [2.0, 1.0], 2.0, 1.5) == pytest.approx(0.5, abs=1e-6)  # until the second point is better
    assert gain([1.0, 3.0], [2.0, 1.0], 2.0, 0.5) == pytest.approx(1.5 + 0.5 * (end - 3.0), abs=1e-6)
    assert gain([1.0, 3.0], [2.0, 1.0], 0.0, 3.0) == pytest.approx(1.0, abs=1e-6)  # smaller than all, within `worst`
    assert gain([1.0, 3.0], [2.0, 1.0], 0.0, 5.0) == 0.0  # as small as can be, of no use
    assert gain([1.0, 3.0], [2.0, 1.0], 2.0, 2.5) == 0.0  # a smaller one is better


def prices(**plan: object) -> FirstPrices:
    arrays = (np.zeros((8, 1, 12, 12, 2), np.float32),)
    samples = Samples(arrays, (np.zeros(8, np.int64),), "samples")
    source = ModelSource(classifier(), SampleSplits(samples, samples, None), space(), TrainingSchedule())
    return FirstPrices(Plan(model="net", **plan), source, 10**9)  # type: ignore[arg-type]  # what a test names


def test_first_prices_leave_out_what_the_limits_rule_out() -> None:
    whole = prices().of(space().defaults)
    assert whole is not None
    fitted, flash = whole[1].of("fitted"), whole[1].flash
    assert prices(ram_bytes=fitted).of(space().defaults) == whole
    assert prices(ram_bytes=fitted - 1).of(space().defaults) is None
    assert prices(flash_bytes=flash - 1).of(space().defaults) is None
    assert prices(instructions=whole[1].instructions - 1).of(space().defaults) is None
    assert prices(ram_bytes=100).of(space().defaults) is None  # its input alone is more
    assert prices().of({**space().defaults, "input": "0.5", "pool#1.window": "100"}) is None  # there is no such model


def _seen(made: FirstPrices, losses: Mapping[int, float]) -> list[Seen]:
    found = []
    for width, loss in losses.items():
        params: Params = {**space().defaults, "conv#0.channels": width}
        priced = made.of(params)
        assert priced is not None
        found.append(Seen(params, priced[1], Loss(0.1 + loss, loss, 0.005)))
    return found


def test_proposals_are_new_repeat_themselves_and_follow_the_seed() -> None:
    made = prices()
    seen = _seen(made, {16: 0.0, 12: 0.002, 8: 0.01, 4: 0.2})
    taken = {found[0] for item in seen if (found := made.of(item.params)) is not None}
    first, second, other = (
        Proposals(space(), made).next(seen, [], taken, seed) for seed in ((0, 0, 5), (0, 0, 5), (0, 1, 5))
    )
    assert first == second != other
    found = made.of(first)
    assert found is not None
    assert found[0] not in taken


def test_what_another_worker_trains_is_not_proposed_for_the_same_gain() -> None:
    made = prices()
    seen = _seen(made, {16: 0.0, 12: 0.002, 8: 0.01, 4: 0.2})
    alone = Proposals(space(), made).next(seen, [], set(), (0, 0, 5))
    busy = Proposals(space(), made)
    assert busy.next(seen, [alone], set(), (0, 0, 5)) != alone


def test_what_would_be_given_up_for_its_price_is_not_proposed() -> None:
    made = prices()
    seen = _seen(made, {16: 0.2, 12: 0.2, 8: 0.2, 4: 0.0})  # the narrowest loses nothing
    found = made.of(Proposals(space(), made).next(seen, [], set(), (0, 0, 5)))
    assert found is not None
    least = seen[-1].figures
    assert found[1].of("fitted") < least.of("fitted") or found[1].instructions < least.instructions


def test_a_queued_trial_keeps_its_parameters_and_a_free_one_asks_the_proposals(tmp_path: Path) -> None:
    storage = str(tmp_path / "sweep.journal")
    store = TrialStore(create(storage, priced_config(5)))
    wanted = {**space().defaults, "conv#0.channels": 6}
    store.queue(wanted)
    study, config = load(storage)
    study.sampler = price_first_sampler(Proposals(config.space, prices()), 0, 0)

    assert suggested(study.ask(), config.space) == wanted
    free = suggested(study.ask(), config.space)
    assert all(item.holds(free[item.name]) for item in config.space.parameters)


def test_losses_count_in_units_of_what_is_allowed_or_of_a_tenth_of_a_percent_if_that_is_nothing() -> None:
    def gains(**plan: object) -> list[float]:
        made = prices(**plan)
        rest = [(item.params, item.figures) for item in _seen(made, {10: 0.0, 6: 0.0})]
        seen = _seen(made, {16: 0.0, 12: 0.001, 4: 0.02})
        return [float(item) for item in Proposals(space(), made)._gains(seen, [], rest)]

    assert gains(max_drop=0.0) == gains(max_drop=0.001) != gains()
    assert gains() == gains(max_drop=0.01)
    assert np.isfinite(gains(max_drop=0.0)).all()


def test_a_trial_that_has_not_all_of_its_parameters_yet_is_not_counted_on(tmp_path: Path) -> None:
    study = create(str(tmp_path / "sweep.journal"), priced_config(9))
    whole, half = study.ask(), study.ask()
    wanted = suggested(whole, space())
    half.suggest_categorical("input", ("keep", "0.75", "0.5"))
    assert _history(study, space(), own=2)[1] == [wanted]

    made = prices()
    seen = _seen(made, {16: 0.0, 12: 0.002, 8: 0.01, 4: 0.2})
    for item in seen:
        trial = optuna().create_trial(
            params=item.params,
            distributions=distributions(space()),
            values=[1.0, 1.0],
            user_attrs={RESULT: {"figures": asdict(item.figures), "loss": asdict(item.loss)}},
        )
        study.add_trial(trial)
    study.sampler = price_first_sampler(Proposals(space(), made), 0, 0)
    assert set(suggested(study.ask(), space())) == set(wanted)


def test_a_content_whose_trial_failed_is_not_proposed_again(tmp_path: Path) -> None:
    study = create(str(tmp_path / "sweep.journal"), priced_config(9))
    for result in ({"failed": True, "reason": "a defect"}, None):  # without a result: it was killed
        trial = study.ask()
        trial.set_user_attr(KEY, f"content {trial.number}")
        if result is not None:
            trial.set_user_attr(RESULT, result)
        study.tell(trial.number, state=optuna().trial.TrialState.FAIL)
    assert _history(study, space(), own=2)[2] == {"content 0", "content 1"}


def test_a_sweep_with_a_candidate_that_always_fails_ends_and_runs_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Space((Parameter("conv#0.channels", (), 10, 16, 2), Parameter(RECIPE, ("int8",)), Parameter(IO, ("int8",))))
    plan = Plan(model="net", data=str(save_samples(tmp_path / "data.npz")), trials=9, effort=1)
    store = TrialStore(create(str(tmp_path / "sweep.journal"), StudyConfig(plan, few, write_bytes(classifier()))))
    trained: list[object] = []

    def train(_: ModelSource, candidate: Candidate, *rest: object) -> Trained:
        width = candidate.params["conv#0.channels"]
        assert candidate.untrained is not None
        if width in trained:
            pytest.fail(f"{width} channels are trained twice")
        trained.append(width)
        if width == 12:
            raise ValueError("a defect")
        return Trained(candidate.untrained)

    monkeypatch.setattr(ModelSource, "train", train)
    monkeypatch.setattr("arenafit.sweep.trial._check_price", lambda *_: None)  # nothing is given up for its price
    monkeypatch.setattr("arenafit.sweep.worker.cpu_seconds", count(0.0, 2.5).__next__)
    work(Job(str(tmp_path / "sweep.journal")))
    assert sorted(map(str, trained)) == ["10", "12", "14", "16"]
    (failed,) = [item for item in store.trials() if item.state.name == "FAIL"]
    assert failed.user_attrs[RESULT] == {"failed": True, "reason": "ValueError: a defect", "cpu": 2.5}


def test_the_time_for_the_first_prices_is_part_of_the_budget(tmp_path: Path) -> None:
    store = begin(str(tmp_path / "sweep.journal"), priced_config(4))
    assert store.cpu_seconds() == 0.0
    store.note_beginning(7.5)
    again = TrialStore(load(str(tmp_path / "sweep.journal"))[0])
    assert again.cpu_seconds() == 7.5
    assert again.is_spent(Plan(priced_only=True, cpu_seconds=7.0))
    assert not again.is_spent(Plan(priced_only=True, cpu_seconds=8.0))


def test_a_smaller_budget_gives_up_no_training_of_what_is_chosen() -> None:
    made = prices()
    context = WorkerContext(made.plan, made.source, None, made._pricer, None, reference_macs=1)  # type: ignore[arg-type]  # neither is used
    candidate = made.source.candidate({**space().defaults, "conv#0.channels": 8})
    with pytest.raises(GivenUpError, match="too slow to train"):
        _priced(context, candidate, chosen=False)
    found = _priced(context, candidate, chosen=True)
    assert found is not None
    assert found.macs > 2

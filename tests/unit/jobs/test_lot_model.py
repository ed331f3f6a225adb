"""The models of lots: targets on the real dryer, and what they say where they know little."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from jobs.evaluate.lots import dryer_lots, without_drivers
from jobs.lots.crossed import WASTE, cross, cross_references, flagged, minimum_excess
from jobs.lots.learn import learn
from jobs.lots.model import estimate, fit
from jobs.lots.parts import Lots, texts
from jobs.lots.regression import errors, huber, spread


def made(
    references: dict[str, tuple[float, int]],
    *,
    machine: str = "M",
    family: str = "",
    noise: float = 0.03,
    base: float = 0.0,
    seed: int = 1,
) -> Lots:
    """Lots at so many kWh a unit: {"A": (2.0, 12)} is 12 lots of A. 90 s a unit."""
    random = np.random.default_rng(seed)
    names = [name for name, (_, count) in references.items() for _ in range(count)]
    specific = np.array([references[name][0] for name in names])
    quantity = np.round(np.exp(random.normal(5, 0.5, len(names))))
    error = np.exp(noise * random.standard_normal((2, len(names))))
    return Lots(
        texts(f"L{i}" for i in range(len(names))), texts(names),
        texts([family] * len(names)), texts([machine] * len(names)),
        quantity, 90 * quantity * error[0], (base + specific * quantity) * error[1],
    )  # fmt: skip


def joined(*parts: Lots) -> Lots:
    return Lots(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in (
            "lot", "reference", "family", "machine", "quantity", "machine_s", "energy_kwh"))
    )  # fmt: skip


def one(lots: Lots, place: int = 0) -> Lots:
    return lots.take(np.array([place]))


def changed(lots: Lots, **columns: object) -> Lots:
    return replace(lots, **columns)  # type: ignore[arg-type]


# The regression


def test_the_robust_fit_is_that_of_statsmodels() -> None:
    random = np.random.default_rng(3)
    groups = np.repeat(np.arange(6), 9)
    x = random.normal(size=(54, 2))
    y = x @ [0.5, 1.0] + 0.3 * groups + 0.1 * random.standard_t(2, 54)
    design = np.column_stack([x, np.eye(6)[groups]])
    theirs = sm.RLM(y, design, M=sm.robust.norms.HuberT(1.345)).fit(maxiter=500, tol=1e-12)
    ours = huber(y, x, groups)
    assert [*ours.slopes, *ours.intercepts] == pytest.approx(theirs.params, abs=1e-6)
    said = errors(y, x, groups)
    assert said[0] == pytest.approx(theirs.bse[:2], rel=1e-4)
    assert said[1] == pytest.approx(theirs.pvalues[:2], rel=1e-2)


def test_residuals_of_lots_left_out_are_those_of_least_squares_refitted() -> None:
    """With errors that leave every weight at 1, leaving one out is exact: e / (1 - h)."""
    x, groups = np.arange(8.0)[:, None], np.zeros(8, dtype=np.int64)
    y = 2 * x[:, 0] + np.array([1, -1, -1, 1, 1, -1, -1, 1]) * 0.1
    for out in range(8):
        kept = np.arange(8) != out
        slope, intercept = np.polyfit(x[kept, 0], y[kept], 1)
        found = huber(y, x, groups).left_out[out]
        assert found == pytest.approx(y[out] - slope * x[out, 0] - intercept, abs=1e-9)


def test_the_spread_is_that_of_normal_values_and_not_moved_by_some_that_are_not() -> None:
    random = np.random.default_rng(5)
    found = [spread(random.normal(size=10)) for _ in range(400)]
    assert np.mean(found) == pytest.approx(1, abs=0.05)
    values = random.normal(size=300)
    values[:15] = 50  # one in twenty
    assert spread(values) == pytest.approx(1, abs=0.15)


# The dryer


def test_the_dryer_is_foreseen_and_waste_in_it_is_caught() -> None:
    lots = dryer_lots()
    least = minimum_excess(lots, None)
    plain = cross(without_drivers(lots), "energy")
    quality = plain.quality()
    assert quality.lots == 71
    assert quality.cv_rmse is not None
    assert quality.cv_rmse <= 0.08
    assert abs(quality.nmbe or 1) < 0.02
    assert 0.9 <= (quality.coverage or 0) <= 0.99
    assert (plain.caught(least, WASTE) or 0) >= 0.9
    assert (plain.caught(least, 0.0) or 0) <= 0.06
    full = cross(lots, "energy")
    assert (full.quality().cv_rmse or 1) <= 0.03
    assert (full.caught(least, WASTE) or 0) >= 0.9
    assert (full.caught(least, 0.0) or 0) <= 0.06


def test_a_driver_that_says_nothing_is_left_out() -> None:
    lots = without_drivers(dryer_lots())
    noise = np.random.default_rng(0).normal(10, 1, len(lots))
    model = fit(changed(lots, drivers={"moon": noise}), "energy")
    assert model is not None
    assert not any("drivers" in slopes for slopes in model.terms)


def test_the_same_lots_teach_the_same() -> None:
    assert learn(dryer_lots()) == learn(dryer_lots())


# References


def test_each_reference_has_its_own_energy_per_unit() -> None:
    """Units alone do not tell references apart: 1, 3 and 9 kWh a unit."""
    lots = made({"A": (1.0, 20), "B": (3.0, 20), "C": (9.0, 20)})
    crossed = cross(lots, "energy")
    assert (crossed.quality().cv_rmse or 1) < 0.06
    assert set(crossed.by_fall_back()) == {"none"}


def test_a_base_load_is_found() -> None:
    """100 kWh before the first unit of 1 kWh: without it, small lots would look wasteful."""
    model = fit(made({"A": (1.0, 40)}, base=100, noise=0.01), "energy")
    assert model is not None
    (level,) = [each for each in model.levels if each.rank == 2]
    (quantity,) = [each for each in model.terms[level.slopes] if each.input.name == "quantity"]
    assert 50 <= quantity.shift <= 200


def test_a_new_reference_is_estimated_by_its_family_machine_or_plant_and_says_so() -> None:
    """Family powder takes 1 kWh a unit and dough 5, on the same machine: the family tells more."""
    powder = [made({f"P{i}": (1.0 + 0.05 * i, 8)}, family="powder", seed=i) for i in range(5)]
    dough = [made({f"D{i}": (5.0 + 0.2 * i, 8)}, family="dough", seed=i) for i in range(5)]
    model = fit(joined(*powder, *dough), "energy")
    assert model is not None
    new = changed(one(powder[0]), reference=texts(["P9"]))
    found = estimate(model, new)
    assert found is not None
    assert found.fall_back == "family powder"
    assert np.exp(found.value) == pytest.approx(new.energy_kwh[0], rel=0.35)
    assert found.half_width is not None
    stranger = changed(new, family=texts(["metal"]), machine=texts(["N"]))
    found = estimate(model, stranger)
    assert found is not None
    assert found.fall_back == "plant"
    known = estimate(model, one(powder[0]))
    assert known is not None
    assert known.fall_back is None
    assert known.half_width is not None
    assert known.half_width < (found.half_width or 0)


def test_where_there_is_no_family_the_machine_stands_in() -> None:
    small = [made({f"S{i}": (1.0 + 0.05 * i, 8)}, machine="SMALL", seed=i) for i in range(5)]
    large = [made({f"L{i}": (6.0 + 0.3 * i, 8)}, machine="LARGE", seed=i) for i in range(5)]
    model = fit(joined(*small, *large), "energy")
    assert model is not None
    found = estimate(model, changed(one(large[0]), reference=texts(["new"])))
    assert found is not None
    assert found.fall_back == "machine LARGE"


def test_few_lots_pull_the_estimate_towards_them() -> None:
    """References at 1 to 1.4 kWh a unit; two lots of one at 3 kWh: it lies near 3, and says why."""
    usual = [made({f"R{i}": (1.0 + 0.1 * i, 10)}, seed=i) for i in range(5)]
    odd = made({"ODD": (3.0, 2)}, seed=9)
    model = fit(joined(*usual, odd), "energy")
    assert model is not None
    found = estimate(model, one(odd))
    assert found is not None
    assert found.fall_back is not None
    assert found.fall_back.endswith(", and its own 2 lots")
    assert found.lots == 2
    assert np.exp(found.value) == pytest.approx(odd.energy_kwh[0], rel=0.2)


def test_intervals_of_references_never_seen_hold_most_of_their_lots() -> None:
    parts = [made({f"R{i}": (float(np.exp(0.4 * np.sin(7 * i))), 6)}, seed=i) for i in range(14)]
    quality = cross_references(joined(*parts), "energy").quality()
    assert quality.lots == 84
    assert (quality.coverage or 0) >= 0.85


def test_one_reference_says_nothing_of_how_far_others_spread() -> None:
    model = fit(made({"A": (1.0, 12)}), "energy")
    assert model is not None
    found = estimate(model, changed(one(made({"A": (1.0, 1)})), reference=texts(["B"])))
    assert found is not None
    assert found.fall_back == "machine M"
    assert found.half_width is None
    assert not flagged(1e9, found, 0.0)


def test_a_machine_that_uses_more_is_told_from_the_reference() -> None:
    lots = made({"A": (1.0, 20), "B": (2.0, 20)})
    machines = texts("XY"[i % 2] for i in range(len(lots)))
    energy = lots.energy_kwh * np.where(machines == "Y", 1.5, 1.0)
    lots = changed(lots, machine=machines, energy_kwh=energy)
    assert (cross(lots, "energy").quality().cv_rmse or 1) < 0.06


# Time is a driver, and a loss


def test_a_lot_that_took_long_is_judged_for_its_time_and_not_again_for_its_energy() -> None:
    """50 % longer at the same power: its time is high, and its energy as that time explains it."""
    lots = made({"A": (1.0, 30)}, noise=0.02)
    power = 1 / 90 * np.exp(0.02 * np.random.default_rng(4).standard_normal(30))
    seconds = 90 * lots.quantity * np.exp(0.1 * np.random.default_rng(5).standard_normal(30))
    lots = changed(lots, machine_s=seconds, energy_kwh=power * seconds)
    long = changed(one(lots), machine_s=90 * lots.quantity[:1] * 1.5,
                   energy_kwh=lots.quantity[:1] * 1.5)  # fmt: skip
    energy, duration = fit(lots, "energy"), fit(lots, "duration")
    assert energy is not None
    assert duration is not None
    by_time, of_time = estimate(energy, long), estimate(duration, long)
    assert by_time is not None
    assert of_time is not None
    assert not flagged(float(long.energy_kwh[0]), by_time, 0.0)
    assert np.log(long.machine_s[0]) > of_time.value + (of_time.half_width or np.inf)


def test_lots_that_wasted_do_not_make_waste_normal() -> None:
    """Of 30 lots 4 used 40 % more: each of them is flagged by a model that learned from all."""
    lots = made({"A": (1.0, 30)}, noise=0.03)
    energy = lots.energy_kwh.copy()
    energy[:4] *= 1.4
    lots = changed(lots, energy_kwh=energy)
    model = fit(lots, "energy")
    assert model is not None
    found = [
        flagged(float(lots.energy_kwh[i]), each, 0.0)
        for i in range(30) if (each := estimate(model, one(lots, i)))
    ]  # fmt: skip
    assert found[:4] == [True] * 4
    assert sum(found[4:]) <= 2


def test_an_excess_of_little_energy_is_not_flagged() -> None:
    lots = made({"A": (1.0, 30)})
    model = fit(lots, "energy")
    assert model is not None
    found = estimate(model, one(lots))
    assert found is not None
    much = float(np.exp(found.value)) * 1.5
    assert flagged(much, found, 0.0)
    assert not flagged(much, found, much)
    assert minimum_excess(lots, None) == pytest.approx(0.01 * np.median(lots.energy_kwh))
    assert minimum_excess(lots, 7.5) == 7.5


# Too little, or wrong


def test_fewer_than_five_lots_are_no_model_and_say_so() -> None:
    for count in range(5):
        lots = made({"A": (1.0, count)})
        assert fit(lots, "energy") is None
        learned = learn(lots)
        assert learned["levels"] == []
        assert learned["reason"] == f"only {count} lots to learn from, fewer than 5"


def test_a_reference_with_one_lot_lots_without_quantity_and_zero_energy_do_no_harm() -> None:
    lots = joined(made({"A": (1.0, 12), "B": (2.0, 1)}), made({"C": (1.0, 6)}, seed=2))
    energy, quantity, seconds = (
        each.copy() for each in (lots.energy_kwh, lots.quantity, lots.machine_s)
    )
    energy[0], energy[1] = 0.0, np.nan
    quantity[2], quantity[3] = np.nan, 0.0
    seconds[4] = np.nan
    lots = changed(lots, energy_kwh=energy, quantity=quantity, machine_s=seconds)
    model = fit(lots, "energy")
    assert model is not None
    for place in range(len(lots)):
        found = estimate(model, one(lots, place))
        assert found is not None
        assert np.isfinite(found.value)
    nothing = changed(one(lots), quantity=np.array([np.nan]), machine_s=np.array([np.nan]))
    assert estimate(model, nothing) is None
    assert np.isfinite(learn(lots)["minimum_excess_kwh"])


def test_lots_all_alike_are_no_error() -> None:
    lots = made({"A": (1.0, 8)})
    same = changed(
        lots, quantity=np.full(8, 100.0), machine_s=np.full(8, 3600.0), energy_kwh=np.full(8, 50.0)
    )
    model = fit(same, "energy")
    assert model is not None
    found = estimate(model, one(same))
    assert found is not None
    assert np.exp(found.value) == pytest.approx(50)


def test_lots_without_any_reference_stand_for_each_other() -> None:
    lots = changed(made({"A": (1.0, 12)}), reference=texts([""] * 12))
    found = cross(lots, "energy")
    assert found.quality().lots == 12
    assert (found.quality().cv_rmse or 1) < 0.1

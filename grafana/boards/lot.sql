-- The page of one lot. Each statement is one panel: at most three lines, from schema api alone.

-- name: figures
select quantity, duration_s, energy_kwh, energy_kwh_per_unit, energy_coverage, temperature_c_mean, temperature_c_min, temperature_c_max, temperature_coverage
from api.lot where number = ${lot:sqlstring}

-- name: who
select reference, machine, operator, started_at, finished_at, planned_quantity, scrap_quantity, energy_is_lower_bound, energy_kwh_low, energy_kwh_high
from api.lot where number = ${lot:sqlstring}

-- name: temperature
select "time", temperature_c, golden_temperature_c, golden_temperature_c_low, golden_temperature_c_high
from api.lot_beside_golden(${lot:sqlstring}) order by "time"

-- name: power
select "time", power_kw, golden_power_kw, golden_power_kw_low, golden_power_kw_high
from api.lot_beside_golden(${lot:sqlstring}) order by "time"

-- name: golden
select measure, score, share_outside, first_phase_outside, value_there, golden_there, is_golden, reason
from api.lot_golden where lot = ${lot:sqlstring}

-- name: expected
select expected_kwh, expected_kwh_low, expected_kwh_high, excess_kwh, excess_percent, expected_machine_s
from api.lot_expectation where lot = ${lot:sqlstring}

-- name: judged
select energy_judgement, duration_judgement, inputs, lots_behind, fall_back, verdict, reason
from api.lot_expectation where lot = ${lot:sqlstring}

-- name: bridge
select norm_kwh, quantity_kwh, duration_kwh, intensity_kwh, energy_kwh
from api.lot_bridge where lot = ${lot:sqlstring}

-- name: runs
select run, machine, operator, source, started_at, finished_at, duration_s, energy_kwh, energy_coverage, temperature_c_mean
from api.run where lot = ${lot:sqlstring} order by started_at

-- name: anomalies
select anomaly, sensor, kind, severity, opened_at, closed_at, actual, expected, energy_kwh, verdict, page_from, page_to
from api.episode where opened_at <= $__timeTo()::timestamptz and coalesce(closed_at, last_at) >= $__timeFrom()::timestamptz order by opened_at limit 50

-- name: drivers
select driver, value, statistic, coverage from api.lot_driver where lot = ${lot:sqlstring} order by driver

-- name: changes
select "time" as changed_at, figure, old_value, new_value, cause from api.lot_change
where lot = ${lot:sqlstring} order by changed_at desc limit 50

-- name: other_temperatures
select "time", lot as metric, temperature_c
from api.lot_beside_others(${lot:sqlstring}) order by "time"

-- name: other_powers
select "time", lot as metric, power_kw
from api.lot_beside_others(${lot:sqlstring}) order by "time"

-- name: cost
select cost, unpriced_kwh, co2_kg, idle_cost from api.lot_cost where number = ${lot:sqlstring}

-- name: cost_classes
select class, carrier, energy_kwh, cost, currency from api.lot_cost_class where number = ${lot:sqlstring} order by class

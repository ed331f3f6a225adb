-- The board of lots. Each statement is one panel: at most three lines, from schema api alone.

-- name: totals
select products, lots, products_per_lot, energy_kwh, energy_kwh_per_unit, energy_coverage
from api.totals_compared($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])

-- name: lots
select lot, reference, machine, operator, started_at, finished_at, duration_s, quantity, scrap_quantity, unit, energy_kwh, energy_kwh_per_unit, energy_coverage, temperature_c_mean, temperature_c_min, temperature_c_max, temperature_coverage, anomalies, cost, currency, co2_kg
from api.lot_list($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[], array[${reference:sqlstring}]::text[]) order by finished_at desc

-- name: judged
select lot, reference, machine, finished_at, energy_kwh, expected_kwh, excess_kwh, excess_percent, energy_judgement, duration_judgement, lots_behind, fall_back, verdict
from api.lot_expectation where finished_at >= $__timeFrom()::timestamptz and finished_at < $__timeTo()::timestamptz
and (energy_judgement = 'high' or duration_judgement = 'high') and reference = any(array[${reference:sqlstring}]::text[]) order by excess_kwh desc nulls last limit 100

-- The summary board. Each statement is one panel: at most three lines, from schema api alone.

-- name: attention
select running_lots, open_anomalies, silent_sensors, sensors, failed_checks from api.attention

-- name: totals
select products, lots, products_per_lot, energy_kwh, energy_kwh_per_unit, energy_coverage
from api.totals_compared($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])

-- name: changes
select products_change_percent, lots_change_percent, products_per_lot_change_percent, energy_kwh_change_percent, energy_kwh_per_unit_change_percent, energy_coverage_change_percent
from api.totals_compared($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])

-- name: cost
select cost, lot_cost, idle_cost, unpriced_kwh, co2_kg
from api.cost_period($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[]) where machine is null

-- name: energy
select "time", machine as metric, energy_kwh from api.machine_energy($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])
order by "time"

-- name: running
select lot, reference, machine, started_at, progress, expected_end, is_late, energy_kwh_so_far, expected_kwh_so_far, expected_final_kwh, energy_judgement, reason
from api.running_lot order by expected_end

-- name: anomalies
select anomaly, sensor, kind, severity, opened_at, actual, expected, measured_in as unit, energy_kwh, page_from, page_to
from api.episode where is_open and (machine is null or machine = any(array[${machine:sqlstring}]::text[])) order by opened_at desc limit 50

-- name: silent
select sensor, machine, quantity, last_seen_at, silent_s from api.sensor
where is_silent and is_enabled and kind <> 'state' and (machine is null or machine = any(array[${machine:sqlstring}]::text[])) order by silent_s desc nulls first limit 50

-- name: health
select check_name, is_ok, said, hint from api.health order by is_ok, place

-- name: lots
select started_at as "time", coalesce(finished_at, now()) as timeend, lot as text, machine as tags from api.run
where started_at <= $__timeTo()::timestamptz and coalesce(finished_at, now()) >= $__timeFrom()::timestamptz and machine = any(array[${machine:sqlstring}]::text[])

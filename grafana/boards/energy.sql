-- The energy board. Each statement is one panel: at most three lines, from schema api alone.

-- name: meters
select sensor, machine, kind, last_value, unit, last_seen_at, silent_s from api.sensor
where role = 'main_energy' and is_enabled and machine = any(array[${machine:sqlstring}]::text[]) order by machine, sensor

-- name: by_machine
select "time", machine as metric, energy_kwh from api.machine_energy($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])
order by "time"

-- name: by_state
select "time", sum(lot_kwh) as lot_kwh, sum(idle_kwh) as idle_kwh, sum(unattributed_kwh) as unattributed_kwh from api.energy_daily
where role = 'main_energy' and machine = any(array[${machine:sqlstring}]::text[]) and "time" >= $__timeFrom()::timestamptz and "time" < $__timeTo()::timestamptz group by "time" order by "time"

-- name: load
select "time", place as metric, energy_kwh from api.energy_hourly
where level = 'machine' and place = any(array[${machine:sqlstring}]::text[]) and "time" >= $__timeFrom()::timestamptz and "time" < $__timeTo()::timestamptz order by "time"

-- name: forecast
select "time", energy_kwh, low_kwh, high_kwh, naive_kwh, actual_kwh
from api.forecast where is_newest and level = ${level:sqlstring} and place = ${place:sqlstring} order by "time"

-- name: accuracy
select mase, wmape_percent, coverage_percent, forecasts, mean_absolute_error_kwh
from api.forecast_accuracy where level = ${level:sqlstring} and place = ${place:sqlstring} order by carrier limit 1

-- name: baseline
select day::timestamptz as "time", actual_kwh, expected_kwh from api.energy_baseline
where is_valid and level = ${level:sqlstring} and place = ${place:sqlstring} and day >= $__timeFrom()::timestamptz and day < $__timeTo()::timestamptz order by 1

-- name: cusum
select day::timestamptz as "time", cusum_kwh from api.energy_cusum
where is_valid and level = ${level:sqlstring} and place = ${place:sqlstring} order by 1

-- name: ledger
select sensor, machine, unit, advance, lots, idle, unattributed, residual, unknown_s, resets, spikes
from api.meter_balance($__timeFrom()::timestamptz, $__timeTo()::timestamptz) where machine is null or machine = any(array[${machine:sqlstring}]::text[]) order by machine, sensor

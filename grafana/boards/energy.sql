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
select "time", place as metric, case when bool_and(energy_kwh is not null) then sum(energy_kwh) end as energy_kwh from api.energy_hourly
where level = 'machine' and place = any(array[${machine:sqlstring}]::text[]) and "time" >= $__timeFrom()::timestamptz and "time" < $__timeTo()::timestamptz
group by "time", place order by "time"

-- name: forecast
select "time", energy_kwh, low_kwh, high_kwh, naive_kwh, actual_kwh
from api.forecast where is_newest and level = ${level:sqlstring} and place = ${place:sqlstring} and carrier = ${carrier:sqlstring} order by "time"

-- name: accuracy
select mase, wmape_percent, coverage_percent, forecasts, mean_absolute_error_kwh
from api.forecast_accuracy where level = ${level:sqlstring} and place = ${place:sqlstring} and carrier = ${carrier:sqlstring}

-- name: baseline
select day::timestamptz as "time", actual_kwh, expected_kwh
from api.energy_baseline_days(${level:sqlstring}, ${place:sqlstring}, $__timeFrom()::timestamptz::date, $__timeTo()::timestamptz::date)
where is_valid and carrier = ${carrier:sqlstring} and day >= $__timeFrom()::timestamptz and day < $__timeTo()::timestamptz order by 1

-- name: cusum
select day::timestamptz as "time", cusum_kwh from api.energy_cusum
where is_valid and level = ${level:sqlstring} and place = ${place:sqlstring} and carrier = ${carrier:sqlstring} order by 1

-- name: ledger
select sensor, machine, unit, advance, lots, idle, unattributed, residual, unknown_s, resets, spikes
from api.meter_balance(greatest($__timeFrom()::timestamptz, least($__timeTo()::timestamptz, now()) - interval '1 day'), least($__timeTo()::timestamptz, now())) where machine is null or machine = any(array[${machine:sqlstring}]::text[]) order by machine, sensor

-- name: peaks
select "time", power_kw, machines, lots
from api.load_peak($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[]) order by power_kw desc

-- name: weekdays
select hour, mon, tue, wed, thu, fri, sat, sun, hours
from api.energy_by_weekday($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[]) order by hour

-- name: cost_by_class
select "time", coalesce(class, 'no tariff') as metric, sum(cost) as cost from api.cost_class_daily
where machine = any(array[${machine:sqlstring}]::text[]) and "time" >= $__timeFrom()::timestamptz and "time" < $__timeTo()::timestamptz group by 1, 2 order by 1

-- name: costs
select machine, currency, energy_kwh, cost, lot_cost, idle_cost, unattributed_cost, unpriced_kwh, co2_kg
from api.cost_period($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])

-- name: standby
select "time", shift, machine, outside_lots_h, outside_lots_kw, best_kw, waste_kwh, waste_cost from api.standby($__timeFrom()::timestamptz, least($__timeTo()::timestamptz, now()))
where machine = any(array[${machine:sqlstring}]::text[]) order by waste_kwh desc nulls last limit 50

-- name: demand
select month, class, peak_kw, peak_at, price_per_kw_month, coverage, demand_cost, currency
from api.demand_charge where "time" >= $__timeFrom()::timestamptz - interval '92 days' and "time" < $__timeTo()::timestamptz order by "time" desc, site, class limit 24

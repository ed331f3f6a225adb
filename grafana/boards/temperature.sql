-- The temperature board. Each statement is one panel: at most three lines, from schema api alone.

-- name: judgements
select count(*) filter (where judgement in ('below', 'above')) as outside, count(*) filter (where judgement = 'within') as within, count(*) filter (where judgement = 'no band') as without_band, count(*) filter (where judgement = 'silent') as silent
from api.temperature_now where sensor = any(array[${thermometer:sqlstring}]::text[])

-- name: now
select sensor, value, judgement, minimum, maximum, band_of, age_s, machine, lot, reference
from api.temperature_now where sensor = any(array[${thermometer:sqlstring}]::text[]) order by machine, sensor

-- name: evolution
select "time", sensor as metric, value
from api.sensor_series(array[${thermometer:sqlstring}]::text[], $__timeFrom()::timestamptz, $__timeTo()::timestamptz) order by "time"

-- name: extremes
select "time", sensor, minimum, maximum
from api.sensor_series(array[${thermometer:sqlstring}]::text[], $__timeFrom()::timestamptz, $__timeTo()::timestamptz) order by "time"

-- name: states
select "time", machine as metric, state
from api.machine_state($__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[]) order by "time"

-- name: outside_by_lot
select name, nullif(below_s, 0) as below_s, nullif(above_s, 0) as above_s from api.out_of_band('lot', $__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])
where outside_s > 0 order by outside_s desc limit 15

-- name: outside_by_machine
select name, nullif(below_s, 0) as below_s, nullif(above_s, 0) as above_s from api.out_of_band('machine', $__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])
order by outside_s desc limit 20

-- name: outside_by_reference
select name, nullif(below_s, 0) as below_s, nullif(above_s, 0) as above_s from api.out_of_band('reference', $__timeFrom()::timestamptz, $__timeTo()::timestamptz, array[${machine:sqlstring}]::text[])
order by outside_s desc limit 15

-- name: lots
select started_at as "time", coalesce(finished_at, now()) as timeend, lot as text, machine as tags from api.run
where started_at <= $__timeTo()::timestamptz and coalesce(finished_at, now()) >= $__timeFrom()::timestamptz and array[machine] = array[${machine:sqlstring}]::text[]

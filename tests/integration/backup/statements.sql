-- What the tests of backups put in and look at. Named statements; see db/statements.py.

-- name: plant
select * from plant.apply('{
    "sites": [{"code": "S", "time_zone": "Europe/Paris"}],
    "lines": [{"code": "L", "site": "S"}],
    "machines": [{"code": "M", "line": "L"}],
    "references": [{"code": "R ''quoted\"", "temperature_maximum_c": 90}],
    "sensors": [
        {"code": "M.power", "machine": "M", "role": "main_energy", "unit": "kW"},
        {"code": "M.t", "machine": "M", "role": "process_temperature", "unit": "C"}
    ]
}')

-- name: readings
insert into telemetry.reading (time, sensor_id, value, received_at)
select timestamptz '2026-03-01 00:00+00' + i * interval '10 minutes', s.sensor_id, i * 0.1, '2026-05-01 00:00+00'
from generate_series(0, 40 * 144 - 1) as i
cross join plant.sensor as s

-- name: slices
insert into telemetry.slice (
    time, sensor_id, run_id, state, role, machine_id, readings, measured_s, known_s, amount, value_s
)
select
    timestamptz '2026-03-01 00:00+00' + i * interval '15 minutes', s.sensor_id, 0, 'u', s.role, s.machine_id, 1,
    900, 900, i, i * 900
from generate_series(0, 40 * 96 - 1) as i
cross join plant.sensor as s

-- name: compress
select public.compress_chunk(c.chunk)
from (
    select public.show_chunks('telemetry.reading', older_than => timestamptz '2026-03-20 00:00+00') as chunk
    union all
    select public.show_chunks('telemetry.slice', older_than => timestamptz '2026-03-20 00:00+00')
) as c

-- name: aggregates
select aggregate from ops.aggregate

-- name: refresh
call ops.refresh_safe(%(aggregate)s::text, '2026-01-01 00:00+00', '2026-06-01 00:00+00')

-- name: checks
select c.file, c.rows, c.difference from ops.restore_check as c order by c.check_id

-- name: health
select h.check, h.is_ok, h.said from ops.health as h where h.check in ('backup', 'restore') order by h.place

-- name: databases
select d.datname from pg_database as d where d.datname like 'lotwatt\_verify\_%%'

-- name: age
-- As if the first deploy had been long ago, and every backup and check with it.
with deploy as (update ops.applied_sql set applied_at = applied_at - %(age)s::interval),
backup as (update ops.backup set made_at = made_at - %(age)s::interval)
update ops.restore_check set checked_at = checked_at - %(age)s::interval

-- name: workers
select count(*) from pg_stat_activity as a
where a.datname = current_database() and a.backend_type = 'TimescaleDB Background Worker Scheduler'

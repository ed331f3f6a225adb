-- name: any_time
update ops.setting set value = '100 years' where name = 'past_window'

-- name: plant
with site as (
    insert into plant.site (code, name, time_zone) values ('bench', 'Bench', 'Europe/Madrid') returning site_id
),
line as (
    insert into plant.line (site_id, code, name) select site_id, 'bench', 'Bench' from site returning line_id
),
machine as (
    insert into plant.machine (line_id, code, name, topic)
    select line_id, 'm' || i, 'Machine ' || i, 'b/m' || i
    from line cross join generate_series(0, %(sensors)s / 4 - 1) as i
    returning machine_id, code
),
sensor as (
    insert into plant.sensor (code, topic, site_id, machine_id, kind, role, quantity, unit, max_gap)
    select 's' || i, 'b/s' || i, site_id, machine_id,
        (array['counter', 'power', 'gauge', 'state'])[i %% 4 + 1]::plant.sensor_kind,
        (array['main_energy', 'check_energy', 'process_temperature', 'other'])[i %% 4 + 1]::plant.sensor_role,
        (array['energy', 'energy', 'temperature', 'state'])[i %% 4 + 1],
        (array['kWh', 'kW', 'C', ''])[i %% 4 + 1], interval '5 minutes'
    from generate_series(0, %(sensors)s - 1) as i
    join machine as m on m.code = 'm' || i / 4
    cross join site
    order by i
    returning sensor_id
),
lot as (
    insert into plant.lot (number) select 'LOT-' || code from machine returning lot_id, number
)
insert into plant.lot_run (lot_id, machine_id, during, source)
select lot_id, machine_id, tstzrange(%(start)s::timestamptz + interval '17 minutes', null), 'declared'
from lot join machine on number = 'LOT-' || code

-- name: store
select * from ingest.store(
    'bench', cardinality(%(topics)s::text[]), %(topics)s::text[], %(times)s::timestamptz[], %(values)s::float8[],
    array_fill(false, array[cardinality(%(topics)s::text[])]), array_fill(null::text, array[cardinality(%(topics)s::text[])]),
    array_fill(null::text, array[cardinality(%(topics)s::text[])]), array_fill(null::text, array[cardinality(%(topics)s::text[])]),
    array_fill(null::text, array[cardinality(%(topics)s::text[])]), %(times)s::timestamptz[]
)

-- name: settle
select taken from telemetry.settle()

-- name: tidy
vacuum (analyze) telemetry.reading, telemetry.slice, telemetry.dirty, plant.lot_run, plant.sensor

-- name: wal_position
select pg_current_wal_lsn()

-- name: wal_since
select pg_wal_lsn_diff(pg_current_wal_lsn(), %(position)s::pg_lsn)

-- name: copy
copy telemetry.reading (time, sensor_id, value) from stdin

-- name: queue
insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
select array_agg(distinct sensor_id), min(time), max(time), 'reading'
from telemetry.reading
where time between %(from)s and %(to)s
group by date_bin('15 minutes', time, 'epoch')

-- name: server
select 'PostgreSQL ' || current_setting('server_version')

-- name: create_database
create database lotwatt_bench

-- name: drop_database
drop database if exists lotwatt_bench with (force)

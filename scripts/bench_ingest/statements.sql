-- What the benchmark says to its scratch database. Schema bench is the benchmark's own.

-- name: plant
with site as (
    insert into plant.site (code, name, time_zone) values ('bench', 'Bench', 'Europe/Madrid') returning site_id
),
line as (
    insert into plant.line (site_id, code, name) select site_id, 'bench', 'Bench' from site returning line_id
),
machine as (
    insert into plant.machine (line_id, code, name, topic)
    select line_id, 'm' || i, 'Machine ' || i, 'bench/m' || i
    from line cross join generate_series(0, %(machines)s - 1) as i
    returning machine_id, code
)
insert into plant.sensor (code, topic, site_id, machine_id, kind, role, quantity, unit, max_gap)
select m.code || '.s' || i, 'bench/' || m.code || '/s' || i, site_id, machine_id,
    (array['counter', 'power', 'gauge', 'state'])[i %% 4 + 1]::plant.sensor_kind,
    (array[case when i = 0 then 'main_energy' else 'check_energy' end, 'check_energy',
        case when i = 2 then 'process_temperature' else 'other' end, 'other'])
        [i %% 4 + 1]::plant.sensor_role,
    (array['energy', 'energy', 'temperature', 'state'])[i %% 4 + 1],
    (array['kWh', 'kW', 'C', ''])[i %% 4 + 1], interval '5 minutes'
from generate_series(0, %(fields)s - 1) as i
cross join machine as m
cross join site
order by substr(m.code, 2)::int, i

-- name: schema
create schema bench

-- name: tables
-- plain: the columns and checks of readings without their unique index.
-- The others are what Telegraf writes: one and wide a row for each message, narrow one for each reading.
create table bench.plain (like telemetry.reading including defaults including constraints);
create table bench.one (time timestamptz not null, topic text, value float8);
create table bench.one_unique (like bench.one including defaults);
create table bench.narrow (time timestamptz not null, topic text, name text, value float8);
create table bench.wide (time timestamptz not null, topic text);

-- name: wide_columns
do $$
begin
    for i in 0..49 loop
        execute format('alter table bench.wide add column values_s%s float8', i);
    end loop;
end
$$

-- name: hypertables
do $$
declare
    v_table regclass;
begin
    if exists (select from pg_catalog.pg_extension where extname = 'timescaledb') then
        foreach v_table in array array[
            'bench.plain', 'bench.one', 'bench.one_unique', 'bench.narrow', 'bench.wide'
        ] loop
            perform public.create_hypertable(
                v_table, public.by_range('time', interval '7 days'), create_default_indexes => false
            );
        end loop;
    end if;
    create unique index on bench.one_unique (topic, time);
end
$$

-- name: heaps
-- Where the rows of a table are: its chunks, and itself where it has none.
select c.oid
from pg_catalog.pg_class as c
where c.oid = %(table)s::regclass
    or c.oid in (select i.inhrelid from pg_catalog.pg_inherits as i where i.inhparent = %(table)s::regclass)
order by c.oid

-- name: rows_after_function
-- Rows behind a place of a heap: one writer appends, so each row is looked at once however often one asks.
create function bench.rows_after(p_heap oid, p_after tid, out rows bigint, out last tid)
language plpgsql stable
as $$
begin
    execute format('select count(*), max(ctid) from only %s where ctid > $1', p_heap::regclass)
    into rows, last using p_after;
end
$$

-- name: rows_after
select rows, last from bench.rows_after(%(heap)s::oid, %(after)s::tid)

-- name: backend
select pg_backend_pid(), coalesce(host(inet_server_addr()), ''), current_setting('server_version')

-- name: timescale
select extversion from pg_catalog.pg_extension where extname = 'timescaledb'

-- name: settings
select string_agg(name || ' = ' || current_setting(name), ', ' order by name)
from unnest(array['fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size']) as name

-- name: checkpoint
checkpoint

-- name: analyze
analyze

-- name: booked
select coalesce(sum(stored), 0) from ingest.ledger where source = %(source)s

-- name: quarantined
select coalesce(sum(quarantined), 0) from ingest.ledger

-- name: copy_plain
copy bench.plain (time, sensor_id, value, received_at) from stdin (format binary)

-- name: sensor_ids
select topic, sensor_id from plant.sensor order by sensor_id

-- name: stored_lotwatt
select s.topic, (extract(epoch from r.time) * 1000)::bigint
from telemetry.reading as r join plant.sensor as s on s.sensor_id = r.sensor_id
where r.time >= %(start)s and r.time < %(end)s

-- name: stored_one
select topic, (extract(epoch from time) * 1000)::bigint from bench.one
where time >= %(start)s and time < %(end)s

-- name: stored_one_unique
select topic, (extract(epoch from time) * 1000)::bigint from bench.one_unique
where time >= %(start)s and time < %(end)s

-- name: create_database
create database {name}

-- name: drop_database
drop database if exists {name} with (force)

-- name: stop_workers
select _timescaledb_functions.stop_background_workers()

-- name: timescale_available
-- Installed is not enough: the server has to load it when it starts.
select name from pg_catalog.pg_available_extensions
where name = 'timescaledb' and current_setting('shared_preload_libraries') like '%timescaledb%'

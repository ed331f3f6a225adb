-- What the chaos run says to its database: the plant, the poison's constraint, and what was stored.

-- name: plant
insert into plant.site (code, name, time_zone) values ('chaos', 'Chaos', 'UTC');
insert into plant.line (site_id, code, name) select site_id, 'chaos', 'Chaos' from plant.site where code = 'chaos';
insert into plant.machine (line_id, code, name, topic)
select line_id, 'machine', 'Machine', 'plant/chaos/machine' from plant.line where code = 'chaos';
insert into plant.sensor (code, topic, site_id, machine_id, kind, quantity, unit, max_gap)
select 'machine.s' || n, m.topic || '/s' || n, s.site_id, m.machine_id, 'gauge', 'temperature', 'C', '10 minutes'
from plant.machine as m
cross join plant.site as s
cross join generate_series(0, 99) as n
where m.code = 'machine' and s.code = 'chaos'

-- name: refuse_negative
alter table telemetry.reading add constraint chaos_not_negative check (value >= 0)

-- name: create_database
create database lotwatt_chaos

-- name: create_small_space
create tablespace small location %(folder)s

-- name: create_small
create database lotwatt_chaos tablespace small

-- name: drop_database
drop database if exists lotwatt_chaos with (force)

-- name: create_login
create role lotwatt_chaos_loader login password %(password)s in role lotwatt_loader

-- name: drop_login
drop role if exists lotwatt_chaos_loader

-- name: has_timescale
select exists (select from pg_catalog.pg_available_extensions where name = 'timescaledb')

-- name: server
select split_part(version(), ' (', 1) || coalesce(
    (select ', TimescaleDB ' || extversion from pg_catalog.pg_extension where extname = 'timescaledb'), ''
)

-- name: loader_backends
select pid
from pg_catalog.pg_stat_activity
where starts_with(application_name, 'lotwatt loader') and datname = current_database()

-- name: stored
copy (
    select r.value::bigint from telemetry.reading as r
    join plant.sensor as s on s.sensor_id = r.sensor_id
    where s.topic like 'plant/chaos/machine/s%'
) to stdout

-- name: misplaced
select count(*)
from telemetry.reading as r
join plant.sensor as s on s.sensor_id = r.sensor_id
where
    s.topic <> 'plant/chaos/machine/s' || mod(r.value::bigint, 100)
    or r.time <> to_timestamp(%(base_ms)s::bigint / 1000) + r.value::bigint * interval '10 milliseconds'

-- name: quarantined
select (regexp_match(convert_from(payload, 'UTF8'), '(?:"value":[?-]| -)(\d+)'))[1]::bigint, reason, count
from ingest.quarantine

-- name: ledger
select
    coalesce(sum(messages), 0)::bigint, coalesce(sum(received), 0)::bigint, coalesce(sum(stored), 0)::bigint,
    coalesce(sum(duplicate), 0)::bigint, coalesce(sum(conflict), 0)::bigint,
    coalesce(sum(quarantined), 0)::bigint, coalesce(sum(dropped), 0)::bigint
from ingest.ledger

-- name: arrivals
select count(*) filter (where received_at > now() + '1 hour'), count(*) filter (where received_at < now() - '1 hour')
from telemetry.reading

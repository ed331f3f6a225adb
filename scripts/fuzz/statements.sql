-- What the fuzzer asks of its scratch database.

-- name: plant
insert into plant.site (code, name, time_zone) values ('s', 'Site', 'Europe/Madrid');
insert into plant.line (site_id, code, name) select site_id, 'l', 'Line' from plant.site;
insert into plant.machine (line_id, code, name, topic)
select line_id, v.code, v.code, 'f/' || v.code from plant.line cross join (values ('m1'), ('m2')) as v (code);
insert into plant.sensor (code, topic, site_id, machine_id, kind, role, quantity, unit, max_gap, max_rate, is_enabled)
select m.code || '.' || v.code, m.topic || '/' || v.code, s.site_id, m.machine_id,
    v.kind::plant.sensor_kind, v.role::plant.sensor_role, v.quantity, v.unit, '10 minutes', v.max_rate, v.code <> 'old'
from plant.machine as m
cross join plant.site as s
cross join (values
    ('energy', 'counter', 'main_energy', 'energy', 'kWh', 500.0),
    ('power', 'power', 'check_energy', 'energy', 'kW', null),
    ('t', 'gauge', 'process_temperature', 'temperature', 'C', null),
    ('status', 'state', 'other', 'state', '1', null),
    ('old', 'gauge', 'other', 'temperature', 'C', null)
) as v (code, kind, role, quantity, unit, max_rate);
insert into ingest.mapping (name, topic_filter, sensor_topic, booleans, time_path, time_format)
values ('umh', 'umh/v1/#', 'f/m1/{field}', true, 'timestamp_ms', 'ms');
insert into ingest.mapping
    (name, topic_filter, records_path, sensor_topic, value_path, time_path, quality_path, good_quality, on_bad_quality)
values ('kepware', 'kepware/+', 'values', '{topic}/{id}', 'v', 't', 'q', '{true}', 'drop');
insert into ingest.mapping (
    name, topic_filter, records_path, sensor_topic, value_path, numeric_strings, time_path, time_format,
    quality_path, good_quality
)
values ('ie', 'ie/#', 'vals', 'ie/{6}/{-1}/{id}', 'val', true, 'ts', 'iso', 'qc', '{3}');
insert into ingest.mapping (name, topic_filter, format, sensor_topic, value_path, time_path, time_format, unit_path, unit)
values ('senml', 'senml/#', 'senml', 'f/m1/{n}', 'v', 't', 's', 'u', 'Cel');
insert into ingest.mapping (name, topic_filter, sensor_topic, time_path, time_format, time_zone)
values ('tasmota', 'tele/+/SENSOR', 'tele/{2}/{field}', 'Time', 'iso', 'UTC');
insert into ingest.mapping (name, topic_filter, format, booleans, states, time_format)
values ('homie', 'homie/#', 'text', true, '{"ON": 1, "OFF": 0}', 'receipt');
insert into ingest.mapping (name, topic_filter, format, decimal_comma, sensor_topic, time_format)
values ('scale', 'scale/+', 'text', true, 'f/m2/t', 'receipt');
insert into ingest.mapping (
    name, topic_filter, format, sensor_topic, value_path, unit_path, unit, decimal_comma, time_path, time_format,
    time_zone, lot_path, on_unknown
)
values ('logger', 'logger/+', 'ndjson', 'f/m1/{c}', 'x', 'u', 'C', true, 's', '%Y-%m-%dT%H:%M:%S', 'UTC', 'lot', 'drop');
insert into ingest.mapping (name, topic_filter, records_path, sensor_topic, value_path, time_path)
values ('odd', 'odd/#', 'r[?a > `0`].{m: max(b), n: a, t: $.t}', '{join(''/'', [''f'', to_string(n)])}', 'm', '$.t'),
('broken', 'broken/#', null, '{topic}', 'a[', 't');
insert into ingest.mapping (name, topic_filter, is_ignored) values ('ha', 'homeassistant/#', true)

-- name: books
select
    coalesce(sum(messages), 0)::bigint, coalesce(sum(received), 0)::bigint, coalesce(sum(stored), 0)::bigint,
    coalesce(sum(duplicate), 0)::bigint, coalesce(sum(conflict), 0)::bigint,
    coalesce(sum(quarantined), 0)::bigint, coalesce(sum(dropped), 0)::bigint
from ingest.ledger

-- name: reasons
select r.outcome, r.reason, sum(r.count)::bigint
from ingest.ledger_reason as r
group by r.outcome, r.reason
order by r.outcome, sum(r.count) desc, r.reason

-- name: impossible_readings
select count(*)
from telemetry.reading as r
where not (abs(r.value) <= 1e30)
    or r.time > now() + (select value::interval from ops.setting where name = 'future_window')
    or r.time < now() - (select value::interval from ops.setting where name = 'past_window') - interval '1 hour'

-- name: readings
select count(*) from telemetry.reading

-- name: rows_kept
select (select count(*) from ingest.quarantine), (select count(*) from ingest.unknown_topic)

-- name: settle
select taken from telemetry.settle()

-- name: parked
select p.reason from telemetry.parked as p limit 1

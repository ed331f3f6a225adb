-- What the tests of quarantine, ledger and devices look at.

-- name: device_status
select topic, time, is_online, is_contradicted from ingest.device_status order by topic, time

-- name: devices
select topic, is_known from ingest.device order by topic

-- name: clear_devices
delete from ingest.device

-- name: age_devices
update ingest.device set last_at = now() - interval '31 days'

-- name: forget
select quarantined, topics, statuses, devices from ingest.forget()

-- name: reasons
select source, outcome, reason, sum(count)::int from ingest.ledger_reason group by 1, 2, 3 order by 1, 2, 3

-- name: replay_status
select stored from ingest.replay_status(array[%(topic)s], array[true], array[%(time)s::timestamptz], array[now()])

-- name: kept_ids
select quarantine_id from ingest.quarantine order by quarantine_id

-- name: kept
select reason, topic, count::int, first_at, last_at from ingest.quarantine order by quarantine_id

-- name: kept_whole
select * from ingest.quarantine order by quarantine_id

-- name: mapping
insert into ingest.mapping (name, topic_filter, format, decimal_comma, numeric_strings, time_format)
values (%(name)s, %(topic_filter)s, 'text', true, true, 'receipt')

-- name: ignore
insert into ingest.mapping (name, topic_filter, is_ignored) values (%(name)s, %(topic_filter)s, true)

-- name: machine
insert into plant.machine (line_id, code, name, topic)
select line_id, %(code)s, %(code)s, 'plant/l/' || %(code)s from plant.line

-- name: loader_rests
select client_id from ops.loader
where is_resting and (counters ->> 'stored')::bigint > 0

-- name: count_one_more
update ops.loader set counters = jsonb_set(counters, '{stored}', to_jsonb((counters ->> 'stored')::bigint + 1))

-- name: age_topic
update ingest.unknown_topic set last_at = now() - interval '401 days' where topic = %(topic)s

-- name: forget_one
select ingest.forget_quarantine(array[%(id)s::bigint])

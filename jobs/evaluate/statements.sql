-- What evaluation asks of its scratch database. Named statements; see db/statements.py.

-- name: may_create
select
    (select r.rolsuper from pg_roles as r where r.rolname = current_user)
    and exists (select 1 from pg_available_extensions as e where e.name = 'timescaledb')

-- name: rest
-- workers of a native server would compress, and drop what is old, while it is looked at
select _timescaledb_functions.stop_background_workers()

-- name: any_time
-- old data are taken in, those of a clock that runs ahead too, and a server that runs policies by itself keeps them
update ops.setting set value = '40000 days' where name in ('past_window', 'future_window', 'raw_retention')

-- name: threshold
update ops.setting set value = %(threshold)s::text where name = 'anomaly_threshold'

-- name: fault_threshold
update ops.setting set value = %(threshold)s::text where name = 'sensor_fault_threshold'

-- name: thresholds
select
    max(s.value::float8) filter (where s.name = 'anomaly_threshold') as process,
    max(s.value::float8) filter (where s.name = 'sensor_fault_threshold') as sensor
from ops.setting as s

-- name: plant
select from plant.apply(%(plant)s::jsonb)

-- name: store
select s.stored, s.duplicate, s.conflict, s.quarantined, s.dropped
from ingest.store(
    'evaluate', cardinality(%(times)s::timestamptz[]), array_fill(%(topic)s::text, array[cardinality(%(times)s::timestamptz[])]),
    %(times)s::timestamptz[], %(values)s::float8[], null, null, null, null, null, null
) as s

-- name: settle
select s.taken from telemetry.settle() as s

-- name: episodes
select a.class, a.kind, a.opened_at, a.last_at, a.alerted_at, a.score
from api.anomaly as a
order by a.opened_at, a.class, a.kind

-- name: forget
-- what was learned and judged; hours and their medians hang on readings only, and stay
truncate analytics.episode, analytics.verdict, analytics.deviation, analytics.baseline

-- name: score
select analytics.score(%(from)s::timestamptz, %(to)s::timestamptz)

-- name: openings
select a.sensor, a.kind, a.opened_at from api.anomaly as a

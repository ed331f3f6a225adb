-- What the loader says to the database. It may call the functions of the way in and put readings
-- into telemetry.reading; all other tables are none of its business.

-- name: store
select stored, duplicate, conflict, quarantined, dropped
from ingest.store(
    %(source)s::text, %(messages)s::int, %(topic)s::text[], %(time)s::timestamptz[], %(value)s::float8[],
    %(has_claim)s::boolean[], %(lot)s::text[], %(reference)s::text[], %(operator)s::text[],
    %(machine)s::text[], %(received_at)s::timestamptz[]
)

-- name: store_event
select stored, duplicate, conflict, quarantined, dropped
from ingest.store_event(
    %(source)s::text, %(topic)s::text[], %(event)s::text[], %(time)s::timestamptz[], %(lot)s::text[],
    %(reference)s::text[], %(operator)s::text[], %(good)s::float8[], %(scrap)s::float8[],
    %(received_at)s::timestamptz[]
)

-- name: quarantine_messages
select 0::bigint, 0::bigint, 0::bigint, q.count, 0::bigint
from ingest.quarantine_messages(
    %(source)s::text, %(topic)s::text[], %(payload)s::bytea[], %(payload_length)s::int[],
    %(reason)s::text[], %(detail)s::text[], %(received_at)s::timestamptz[]
) as q (count)

-- name: drop_messages
select 0::bigint, 0::bigint, 0::bigint, 0::bigint, d.count
from ingest.drop_messages(%(source)s::text, %(reason)s::text, %(count)s::bigint) as d (count)

-- name: loader_seen
select ingest.loader_seen(%(client_id)s::text, %(counters)s::jsonb, %(committed)s::boolean)

-- name: hold_lease
select holder, expires_at
from ingest.hold_lease(%(client_id)s::text, %(holder)s::text, %(lifetime)s::interval)

-- name: release_lease
select ingest.release_lease(%(client_id)s::text, %(holder)s::text)

-- name: mappings
select entry from ingest.mappings()

-- name: note_mapping_errors
select ingest.note_mapping_errors(%(name)s::text[], %(error)s::text[])

-- name: store_status
select stored, duplicate, conflict, quarantined, dropped
from ingest.store_status(
    %(source)s::text, %(topic)s::text[], %(is_online)s::boolean[], %(time)s::timestamptz[],
    %(received_at)s::timestamptz[]
)

-- name: admit
select version, from_time, to_time from ingest.admit()

-- name: catalog
select topic, sensor_id from ingest.catalog()

-- name: copy_readings
copy telemetry.reading (time, sensor_id, value, received_at) from stdin (format binary)

-- name: note_stored
select stored, duplicate, conflict, quarantined, dropped
from ingest.note_stored(
    %(source)s::text, %(messages)s::int, %(readings)s::bigint, %(received_at)s::timestamptz,
    %(from)s::timestamptz[], %(to)s::timestamptz[], %(sensor_id)s::int[], %(quarter)s::int[]
)

-- name: subscribed
select ingest.subscribed(%(client_id)s::text, %(topics)s::text[])

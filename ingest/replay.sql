-- What replaying quarantined messages says to the database, as its owner. Named statements; see db/statements.py.

-- name: mappings
select entry from ingest.mappings()

-- name: kept
select * from ingest.quarantined(%(id)s::bigint)

-- name: replay
select stored, duplicate, conflict, quarantined, dropped
from ingest.replay(
    %(topic)s::text[], %(time)s::timestamptz[], %(value)s::float8[],
    %(has_claim)s::boolean[], %(lot)s::text[], %(reference)s::text[], %(operator)s::text[],
    %(machine)s::text[], %(received_at)s::timestamptz[]
)

-- name: replay_event
select stored, duplicate, conflict, quarantined, dropped
from ingest.replay_event(
    %(topic)s::text[], %(event)s::text[], %(time)s::timestamptz[], %(lot)s::text[], %(reference)s::text[],
    %(operator)s::text[], %(good)s::float8[], %(scrap)s::float8[], %(received_at)s::timestamptz[]
)

-- name: replay_status
select stored, duplicate, conflict, quarantined, dropped
from ingest.replay_status(
    %(topic)s::text[], %(is_online)s::boolean[], %(time)s::timestamptz[], %(received_at)s::timestamptz[]
)

-- name: quarantine
select 0::bigint, 0::bigint, 0::bigint, q.count, 0::bigint
from ingest.quarantine_messages(
    'replay', %(topic)s::text[], %(payload)s::bytea[], %(payload_length)s::int[],
    %(reason)s::text[], %(detail)s::text[], %(received_at)s::timestamptz[]
) as q (count)

-- name: drop
select 0::bigint, 0::bigint, 0::bigint, 0::bigint, d.count
from ingest.drop_messages('replay', %(reason)s::text, %(count)s::bigint) as d (count)

-- name: replayed
select ingest.replayed(
    %(id)s::bigint, %(count)s::bigint, %(last_at)s::timestamptz, %(newest_id)s::bigint, %(quarantined)s::bigint
)

-- What files and APIs say to the database, beside what every loader says (statements.sql).

-- name: import_readings
select stored, duplicate, conflict, quarantined, dropped
from ingest.import_readings(
    %(source)s::text, %(corrects)s::boolean, %(messages)s::int, %(topic)s::text[], %(time)s::timestamptz[],
    %(value)s::float8[], %(has_claim)s::boolean[], %(lot)s::text[], %(reference)s::text[], %(operator)s::text[],
    %(machine)s::text[], %(received_at)s::timestamptz[]
)

-- name: import_events
select stored, duplicate, conflict, quarantined, dropped
from ingest.import_events(
    %(source)s::text, %(topic)s::text[], %(event)s::text[], %(time)s::timestamptz[], %(lot)s::text[],
    %(reference)s::text[], %(operator)s::text[], %(good)s::float8[], %(scrap)s::float8[],
    %(received_at)s::timestamptz[]
)

-- name: import_position
select ingest.import_position(%(source)s::text)

-- name: import_moved
select ingest.import_moved(%(source)s::text, %(position)s::jsonb)

-- name: import_sensors
select code, topic from ingest.import_sensors()

-- name: import_orders
select stored, duplicate, conflict, quarantined, dropped
from ingest.import_orders(
    %(source)s::text, %(is_per_row)s::boolean, %(key)s::text[], %(lot)s::text[], %(reference)s::text[],
    %(machine)s::text[], %(start)s::timestamptz[], %(end)s::timestamptz[], %(planned)s::float8[], %(good)s::float8[],
    %(scrap)s::float8[], %(operator)s::text[], %(received_at)s::timestamptz[]
)

-- name: import_orders_missing
select ingest.import_orders_missing(%(source)s::text, %(from)s::timestamptz, %(to)s::timestamptz, %(keys)s::text[])

-- name: import_machines
select code, topic from ingest.import_machines()

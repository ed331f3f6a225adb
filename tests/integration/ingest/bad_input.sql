-- What the table of bad input looks at.

-- name: mapping
insert into ingest.mapping (
    name, topic_filter, format, sensor_topic, value_path, time_path, time_format, time_zone, numeric_strings,
    decimal_comma, booleans, states, unit_path, unit, quality_path, good_quality, on_bad_quality, on_unknown
)
select
    'm', 'plant/l/m1/#', coalesce(r.format, 'json'), '{topic}', r.value_path, r.time_path,
    coalesce(r.time_format, 'auto'), r.time_zone, coalesce(r.numeric_strings, false),
    coalesce(r.decimal_comma, false), coalesce(r.booleans, false), r.states, r.unit_path, r.unit,
    r.quality_path, r.good_quality, coalesce(r.on_bad_quality, 'quarantine'), coalesce(r.on_unknown, 'hold')
from jsonb_populate_record(null::ingest.mapping, %(row)s) as r

-- name: quarantined
select q.reason, q.count::int from ingest.quarantine as q order by q.reason

-- name: dropped
select l.reason, sum(l.count)::int from ingest.ledger_reason as l
where l.outcome = 'dropped' group by l.reason order by l.reason

-- name: held
select h.topic from ingest.held_reading as h order by h.topic

-- name: lots
select l.number from plant.lot as l order by l.number

-- name: range
update plant.sensor set minimum = 0, maximum = 100 where topic = 'plant/l/m1/t'

-- name: settle
select taken from telemetry.settle()

-- name: out_of_range
select bool_or(s.flags & 128 > 0)
from telemetry.slice as s join plant.sensor as x on x.sensor_id = s.sensor_id
where x.topic = 'plant/l/m1/t'

-- name: scaled
update plant.sensor set scale = 0.001 where topic = 'plant/l/m1/t'

-- name: elsewhere
update ingest.mapping set topic_filter = 'other/#', sensor_topic = 'plant/{2}/{3}/{4}'

-- What the tests of mappings ask.

-- name: insert
insert into ingest.mapping (
    name, priority, topic_filter, is_enabled, format, sensor_topic, value_path, fields, states, time_path,
    time_format, time_zone, quality_path, unit, operator_path, on_bad_quality,
    on_unknown
)
select
    r.name, coalesce(r.priority, 100), r.topic_filter, coalesce(r.is_enabled, true), coalesce(r.format, 'json'),
    coalesce(r.sensor_topic, '{topic}'), r.value_path, r.fields, r.states, r.time_path,
    coalesce(r.time_format, 'auto'), r.time_zone, r.quality_path, r.unit, r.operator_path,
    coalesce(r.on_bad_quality, 'quarantine'), coalesce(r.on_unknown, 'hold')
from jsonb_populate_record(null::ingest.mapping, %(row)s) as r

-- name: noted
select m.name, e.error from ingest.mapping_error as e join ingest.mapping as m on m.mapping_id = e.mapping_id

-- name: note
select ingest.note_mapping_errors(%(name)s::text[], %(error)s::text[])

-- name: mend
update ingest.mapping set value_path = 'a' where name = 'broken'

-- name: health
select h.is_ok, h.said from ops.health as h where h.check = 'mappings'

-- name: sensors
insert into plant.site (code, name, time_zone) values ('s', 'Site', 'UTC');
insert into plant.sensor (code, topic, site_id, kind, quantity, unit, max_gap, scale, value_offset, is_enabled)
select v.code, 'f/' || v.code, s.site_id, 'gauge', 'temperature', 'C', '10 minutes', v.scale, v.zero, v.is_enabled
from plant.site as s
cross join (values
    ('plain', 1.0, 0.0, true), ('scaled', 0.1, 0, true), ('shifted', 1, 5, true), ('off', 1, 0, false)
) as v (code, scale, zero, is_enabled)

-- name: entries
select m.entry from ingest.mappings() as m

-- name: without_comment
select c.relname, a.attname
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
where c.oid = 'ingest.mapping'::regclass and a.attnum > 0 and col_description(c.oid, a.attnum) is null

-- What a loader needs to know to decode, a JSON object a row: the enabled mappings in the order in which they are
-- tried, then one object. Its "units" are those of sensors that publish in their own unit: one with a scale
-- publishes in another, which only its device knows. Its "topics", where a mapping drops unknown ones, are all.
create or replace function ingest.mappings() returns table (entry jsonb)
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    (
        select to_jsonb(m)
        from ingest.mapping as m
        where m.is_enabled
        order by m.priority, m.name
    )
    union all
    select jsonb_build_object(
        'units', coalesce(jsonb_object_agg(s.topic, s.unit) filter (
            where s.is_enabled and s.scale = 1 and s.value_offset = 0
        ), '{}'),
        'topics', case when exists (select from ingest.mapping as m where m.is_enabled and m.on_unknown = 'drop')
            then coalesce(jsonb_agg(s.topic), '[]')
        end
    )
    from plant.sensor as s;
end;

comment on function ingest.mappings is 'Enabled mappings in order of priority, and units and topics of sensors, for the memory of a loader';

-- A source that is read again may say another value than last time: then its last word counts, through the one way
-- by which a stored value changes. A value that somebody else corrected or struck out stays, and so does one that the
-- same batch says twice in two ways or that is past retention: these become conflicts, where they are stored.
create or replace function ingest.correct_readings(
    p_source text, p_topic text[], p_time timestamptz[], p_value float8[]
) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    -- Said once more as a range, so that only the chunks in it are opened.
    v_from timestamptz := (select min(t) from unnest(p_time) as t);
    v_to timestamptz := (select max(t) from unnest(p_time) as t);
    v_raw_from timestamptz := (select h.raw_from from telemetry.horizon as h);
    v_changed record;
    v_corrected bigint := 0;
begin
    for v_changed in
        select s.code, o.time, o.value
        from (
            select u.topic, u.time, min(u.value) as value
            from unnest(p_topic, p_time, p_value) as u (topic, time, value)
            group by u.topic, u.time
            having min(u.value) = max(u.value)
        ) as o
        join plant.sensor as s on s.topic = o.topic and s.is_enabled
        join telemetry.reading as r on r.sensor_id = s.sensor_id and r.time = o.time
        left join lateral (
            select c.source from telemetry.reading_change as c
            where c.sensor_id = s.sensor_id and c.time = o.time
            order by c.change_id desc
            limit 1
        ) as l on true
        where r.time between v_from and v_to and r.value <> o.value and not r.is_struck
            and (l.source is null or l.source = p_source)
            and r.time >= greatest(v_raw_from, telemetry.exact_from(s.sensor_id))
        order by s.sensor_id, o.time
    loop
        perform telemetry.correct_reading(
            v_changed.code, v_changed.time, v_changed.value, p_source, 'the source says so now'
        );
        v_corrected := v_corrected + 1;
    end loop;
    return v_corrected;
end
$$;

comment on function ingest.correct_readings is
'Corrects stored readings of which their source says another value now; says how many';

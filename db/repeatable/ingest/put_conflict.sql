-- A reading that is there already is either the same one again (a duplicate, harmless) or another
-- value for the same stamp. A value is never overwritten silently: the other one goes on record.
-- A value that was corrected or struck since and is delivered again is a duplicate of its old self.
create or replace function ingest.put_conflict(
    p_source text, p_sensor_id int[], p_time timestamptz[], p_value float8[],
    out duplicate bigint, out conflict bigint
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    -- Said once more as a range, so that only the chunks in it are opened.
    v_from timestamptz := (select min(t) from unnest(p_time) as t);
    v_to timestamptz := (select max(t) from unnest(p_time) as t);
begin
    with judged as materialized (
        select
            o.sensor_id, o.time, o.value, r.value as stored_value,
            coalesce(r.value = o.value, false) or exists (
                select from telemetry.reading_change as c
                where c.sensor_id = o.sensor_id and c.time = o.time and c.old_value = o.value
            ) as is_duplicate
        from unnest(p_sensor_id, p_time, p_value) as o (sensor_id, time, value)
        left join telemetry.reading as r on
            r.sensor_id = o.sensor_id and r.time = o.time
            and r.time >= v_from and r.time <= v_to
    ),
    recorded as (
        insert into ingest.reading_conflict as c
            (sensor_id, time, stored_value, offered_value, source, count)
        select j.sensor_id, j.time, min(j.stored_value), j.value, p_source, count(*)
        from judged as j
        where not j.is_duplicate
        group by j.sensor_id, j.time, j.value
        order by j.sensor_id, j.time, j.value
        on conflict (sensor_id, time, offered_value) do update set count = c.count + excluded.count
    )
    select count(*) filter (where is_duplicate), count(*) filter (where not is_duplicate)
    into duplicate, conflict
    from judged;
end
$$;

comment on function ingest.put_conflict is
'Tells readings that are there already apart: the same value is a duplicate, another one a conflict on record';

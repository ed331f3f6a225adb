-- Stores what is new and says what was not. Only what was really stored makes work for settling:
-- one row per quarter-hour, however many readings. Rows go in sorted, so that two loaders with the
-- same readings wait for each other instead of deadlocking.
create or replace function ingest.put_readings(
    p_sensor_id int[], p_fate text[], p_claim_id int[], p_time timestamptz[], p_value float8[],
    p_received_at timestamptz[], out stored bigint, out unstored int[]
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    with offered as materialized (
        select
            o.*, row_number() over (partition by o.sensor_id, o.time order by o.ord) as nth
        from unnest(p_sensor_id, p_fate, p_claim_id, p_time, p_value, p_received_at) with ordinality
            as o (sensor_id, fate, claim_id, time, value, received_at, ord)
        where o.fate = 'store'
    ),
    inserted as (
        insert into telemetry.reading as r (time, sensor_id, value, claim_id, received_at)
        select o.time, o.sensor_id, o.value, o.claim_id, coalesce(o.received_at, now())
        from offered as o
        where o.nth = 1
        order by o.sensor_id, o.time
        on conflict (sensor_id, time) do nothing
        returning r.time, r.sensor_id, r.claim_id
    ),
    dirtied as (
        insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
        select array_agg(distinct i.sensor_id), min(i.time), max(i.time), 'reading'
        from inserted as i
        group by date_bin('15 minutes', i.time, '2000-01-01 00:00+00')
    ),
    run_dirtied as (
        insert into telemetry.dirty_run (machine_ids, from_time, to_time, cause)
        select array_agg(distinct s.machine_id), min(i.time), max(i.time), 'claim'
        from inserted as i
        join plant.sensor as s on s.sensor_id = i.sensor_id
        where i.claim_id is not null and s.machine_id is not null
        group by date_bin('15 minutes', i.time, '2000-01-01 00:00+00')
    )
    -- Grouped, not joined: a join of two sets of unknown size may compare each with each.
    select coalesce(sum(b.stored), 0), array_agg(b.ord) filter (where b.stored = 0)
    into stored, unstored
    from (
        select min(a.ord) as ord, count(*) filter (where a.ord is null) as stored
        from (
            select o.sensor_id, o.time, o.nth, o.ord from offered as o
            union all
            select i.sensor_id, i.time, 1, null from inserted as i
        ) as a
        group by a.sensor_id, a.time, a.nth
    ) as b;
end
$$;

comment on function ingest.put_readings is
'Stores the readings whose fate is store and queues their quarter-hours; gives back the positions of those that were there already';

-- Queues slices to be worked out again, over no more time than each sensor has data for.
create or replace function plant.queue_sensors(
    p_sensor_ids int[], p_from timestamptz, p_to timestamptz, p_cause text
)
returns void
language sql volatile
begin atomic
    insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
    select
        array_agg(h.sensor_id order by h.sensor_id),
        h.from_time,
        h.to_time,
        p_cause
    from (
        select
            s.sensor_id,
            greatest(p_from, least(r.first_at, l.first_at)) as from_time,
            least(p_to, greatest(r.last_at, l.last_at + interval '15 minutes')) as to_time
        from unnest(p_sensor_ids) as s (sensor_id)
        cross join lateral (
            select
                min(x.time) as first_at,
                max(x.time) as last_at
            from telemetry.reading as x
            where x.sensor_id = s.sensor_id
        ) as r
        cross join lateral (
            select
                min(x.time) as first_at,
                max(x.time) as last_at
            from telemetry.slice as x
            where x.sensor_id = s.sensor_id
        ) as l
        where coalesce(r.first_at, l.first_at) is not null
    ) as h
    where h.from_time <= h.to_time
    group by h.from_time, h.to_time;
end;
comment on function plant.queue_sensors(int[], timestamptz, timestamptz, text) is
'Queues the slices of sensors in a range (infinite ends allowed) to be worked out again, and says why';

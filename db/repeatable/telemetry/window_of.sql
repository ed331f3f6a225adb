-- Which quarter-hours of which sensors a change can reach: from the reading that holds before it to
-- the one after it (six for counters, where a spike shows only by its neighbours).
create or replace function telemetry.window_of(p_sensor_ids int[], p_from timestamptz[], p_to timestamptz[])
returns table (sensor_id int, from_time timestamptz, to_time timestamptz)
language sql stable
as $$
    with change as (
        select sensor_id, lower(part) as from_time, upper(part) - interval '15 minutes' as to_time
        from (
            select c.sensor_id,
                unnest(range_agg(tstzrange(c.from_time, c.to_time + interval '15 minutes', '[]'))) as part
            from (
                select w.sensor_id,
                    -- no end: as far as there are readings, and slices whose readings are gone
                    case when isfinite(w.from_time) then w.from_time else least(
                        (select min(r.time) from telemetry.reading as r where r.sensor_id = w.sensor_id),
                        (select min(x.time) from telemetry.slice as x where x.sensor_id = w.sensor_id)
                    ) end as from_time,
                    case when isfinite(w.to_time) then w.to_time else date_bin('15 minutes', greatest(
                        (select max(r.time) from telemetry.reading as r where r.sensor_id = w.sensor_id),
                        (select max(x.time) from telemetry.slice as x where x.sensor_id = w.sensor_id)
                    ), 'epoch') + interval '15 minutes -1 microsecond' end as to_time
                from unnest(p_sensor_ids, p_from, p_to) as w (sensor_id, from_time, to_time)
            ) as c
            where c.from_time <= c.to_time
            group by c.sensor_id
        ) as merged
    ),
    neighbour as (
        select c.sensor_id, c.from_time, c.to_time, s.kind, s.max_gap,
            coalesce((
                select r.time from telemetry.reading as r
                where r.sensor_id = c.sensor_id and r.time < c.from_time and not r.is_struck
                order by r.time desc offset case when s.kind = 'counter' then 5 else 0 end limit 1
            ), (
                select r.time from telemetry.reading as r
                where r.sensor_id = c.sensor_id and r.time < c.from_time and not r.is_struck
                order by r.time limit 1
            ), c.from_time) as before_at,
            coalesce((
                select r.time from telemetry.reading as r
                where r.sensor_id = c.sensor_id and r.time > c.to_time and not r.is_struck
                order by r.time offset case when s.kind = 'counter' then 5 else 0 end limit 1
            ), (
                select r.time from telemetry.reading as r
                where r.sensor_id = c.sensor_id and r.time > c.to_time and not r.is_struck
                order by r.time desc limit 1
            ), c.to_time) as after_at
        from change as c
        join plant.sensor as s on s.sensor_id = c.sensor_id
    ),
    -- across a gap only a counter has something to write, and a state for max_gap into it; of the others
    -- just the reading before it learns that a gap follows (least leaves out NULL: no max_gap, no end)
    reach as (
        select sensor_id,
            case
                when kind = 'amount' then from_time - max_gap
                when kind = 'counter' or coalesce(from_time - before_at <= max_gap, true) then before_at
                else from_time
            end as from_time,
            case when kind = 'counter' or coalesce(after_at - to_time <= max_gap, true) then after_at
            when kind = 'state' then to_time + max_gap else to_time end as to_time
        from neighbour
        union all
        -- an amount reaches back over the time that it is of
        select sensor_id, after_at - max_gap, after_at from neighbour where kind = 'amount'
        union all
        select sensor_id, before_at, case when kind = 'state' then least(after_at, before_at + max_gap) else before_at end
        from neighbour
    )
    select sensor_id, lower(part), upper(part)
    from (
        select sensor_id,
            unnest(range_agg(tstzrange(
                date_bin('15 minutes', from_time, 'epoch'),
                date_bin('15 minutes', to_time, 'epoch') + interval '15 minutes'
            ))) as part
        from reach group by sensor_id
    ) as merged
$$;
comment on function telemetry.window_of(int[], timestamptz[], timestamptz[]) is
'Quarter-hour-aligned ranges whose slices may differ after readings, runs or settings changed between from and to (both included)';

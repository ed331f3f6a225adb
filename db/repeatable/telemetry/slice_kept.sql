-- Slices whose readings are gone: what they hold is kept; only whom it belongs to can change.
-- Where the runs of a quarter-hour are cut as before, the rows change hands whole; where they are cut
-- differently, the quarter-hour is shared out by time and says that it is estimated (flag 32).
-- Machine and role are those of the sensor now. Seconds out of band cannot be worked out for another
-- band: they become NULL, and the slice says that it is estimated.
create or replace function telemetry.slice_kept(p_sensor_ids int[], p_from timestamptz[], p_to timestamptz[])
returns setof telemetry.slice
language sql stable
as $$
    with span as materialized (
        select w.sensor_id, w.from_time, w.to_time, coalesce(s.machine_id, 0) as machine_id, s.role
        from unnest(p_sensor_ids, p_from, p_to) as w (sensor_id, from_time, to_time)
        join plant.sensor as s on s.sensor_id = w.sensor_id
    ),
    old as materialized (
        select x.*, p.machine_id as key_machine_id, p.role as new_role,
            coalesce(x.machine_id, 0) <> p.machine_id as is_moved,
            case when x.role = 'process_temperature' then case when b.reference_id is null then f.temperature_minimum_c else b.minimum_c end end as old_low,
            case when x.role = 'process_temperature' then case when b.reference_id is null then f.temperature_maximum_c else b.maximum_c end end as old_high
        from span as p
        join telemetry.slice as x
            on x.sensor_id = p.sensor_id and x.time >= p.from_time and x.time < p.to_time
        left join plant.reference as f on f.reference_id = x.reference_id
        left join telemetry.band as b on b.reference_id = x.reference_id
    ),
    segment as materialized (
        select g.machine_id, g.bucket, g.run_id, g.state, min(g.lot_id) as lot_id,
            min(g.reference_id) as reference_id, min(g.minimum_c) as low, min(g.maximum_c) as high, sum(date_part('epoch', g.to_time - g.from_time)) as span_s
        from (
            select array_agg(machine_id) as machine_ids, array_agg(from_time) as from_times,
                array_agg(to_time) as to_times
            from span
        ) as m
        cross join lateral telemetry.segment(m.machine_ids, m.from_times, m.to_times) as g
        group by g.machine_id, g.bucket, g.run_id, g.state
    ),
    -- a quarter-hour is cut as before where each row finds its run, as long as it was; time outside
    -- runs, whose length is not kept, must still hold the seconds that are known of it. On another
    -- machine only a whole quarter-hour is cut as before
    verdict as (
        select o.sensor_id, o.time, bool_and(
            case when o.is_moved then g.span_s is not distinct from 900
            when o.state = 'l' then g.span_s is not distinct from o.span_s
            else g.run_id is not null and o.known_s <= g.span_s + 0.001 end
        ) as is_same
        from old as o
        left join segment as g on g.machine_id = o.key_machine_id and g.bucket = o.time
            and g.run_id = o.run_id and g.state = o.state
        group by o.sensor_id, o.time
    ),
    total as (
        select o.sensor_id, o.time, o.key_machine_id, min(o.new_role) as role,
            bit_or(o.flags) as flags, sum(o.measured_s) as measured_s, sum(o.known_s) as known_s,
            sum(o.amount) as amount, sum(o.value_s) as value_s, min(o.minimum) as minimum,
            max(o.maximum) as maximum, sum(o.readings) as readings
        from old as o
        join verdict as v using (sensor_id, time)
        where not v.is_same
        group by o.sensor_id, o.time, o.key_machine_id
    )
    select o.time, o.sensor_id, o.run_id, o.state, o.new_role, nullif(o.key_machine_id, 0), g.lot_id, g.reference_id,
        o.readings, o.flags | case when o.known_s > 0 and (b.is_low_lost or b.is_high_lost) then 32 else 0 end,
        o.span_s, o.measured_s, o.known_s, o.amount, o.value_s, o.minimum, o.maximum,
        case when b.low is not distinct from o.old_low then o.below_s end,
        case when b.high is not distinct from o.old_high then o.above_s end
    from old as o
    join verdict as v using (sensor_id, time)
    join segment as g on g.machine_id = o.key_machine_id and g.bucket = o.time
        and g.run_id = o.run_id and g.state = o.state
    cross join lateral (
        select x.low, x.high, x.low is not null and x.low is distinct from o.old_low as is_low_lost,
            x.high is not null and x.high is distinct from o.old_high as is_high_lost
        from (select
            case when o.new_role = 'process_temperature' then g.low end as low,
            case when o.new_role = 'process_temperature' then g.high end as high
        ) as x
    ) as b
    where v.is_same
    union all
    select t.time, t.sensor_id, g.run_id, g.state, t.role, nullif(t.key_machine_id, 0), g.lot_id, g.reference_id,
        case when row_number() over (partition by t.sensor_id, t.time order by g.span_s desc, g.run_id) = 1
        then t.readings else 0 end::int,
        -- who has the whole quarter-hour has all of it: nothing is estimated but the time out of band
        t.flags | case when g.span_s < 900 or t.role = 'process_temperature' and t.known_s > 0
            and (g.low is not null or g.high is not null) then 32 else 0 end,
        case when g.state = 'l' then g.span_s end,
        t.measured_s * g.span_s / 900, t.known_s * g.span_s / 900,
        t.amount * g.span_s / 900, t.value_s * g.span_s / 900, t.minimum, t.maximum, null, null
    from total as t
    join segment as g on g.machine_id = t.key_machine_id and g.bucket = t.time
$$;
comment on function telemetry.slice_kept(int[], timestamptz[], timestamptz[]) is
'Slices whose readings were dropped, attributed anew; shared out by time and flagged estimated where runs are cut differently';

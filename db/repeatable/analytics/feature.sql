-- What is judged, at the end of each quarter-hour, or of each hour only. The same function serves the fit and the
-- score. A regime is compared with itself alone:
--   level  median of the last hour (two of its quarter-hours at its end, three within it) - median of the 7 days before this day (of 28 where 7 hold too few hours)
--   slow   mean of the last 24 hours (at least 12 of them) - median of the 28 days before this day; at whole hours
--   drift  mean of the last 6 hours - mean of the 24 hours before those; at whole hours
--   noise, spike, shift, stuck: of the readings of the last hour; at whole hours. stuck counts equal readings.
create or replace function analytics.feature(
    p_sensor_ids int[], p_from timestamptz, p_to timestamptz, p_is_hourly boolean
) returns table (
    sensor_id int, regime int, "time" timestamptz, value float8, median_level float8, level float8,
    day_value float8, median_slow float8, slow float8, recent_value float8, before_value float8, drift float8,
    noise float8, spike float8, shift float8, stuck float8
)
language sql stable
as $$
    with least_hours as materialized (
        select s.value::int as hours from ops.setting as s where s.name = 'background_minimum_hours'
    ),
    held as (
        select h.*,
            sum((h.changes > 0 or h.before is null or h.hour - h.before > interval '1 hour')::int)
                over (partition by h.sensor_id, h.regime order by h.hour) as stretch
        from (
            select x.*, lag(x.hour) over (partition by x.sensor_id, x.regime order by x.hour) as before
            from analytics.hour as x
            where x.sensor_id = any (p_sensor_ids) and x.hour >= p_from - interval '48 hours' and x.hour < p_to
        ) as h
    ),
    hour as materialized (
        select h.sensor_id, h.regime, h.hour, h.quarters, h.value, h.noise, h.spike, h.shift,
            case when count(*) over d >= 12 then avg(h.value) over d end as day_value,
            case when count(*) over r >= 3 then avg(h.value) over r end as recent_value,
            case when count(*) over b >= 12 then avg(h.value) over b end as before_value,
            greatest(h.run_length, sum(h.run_at_end) over (
                partition by h.sensor_id, h.regime, h.stretch order by h.hour
            ))::float8 as stuck
        from held as h
        window w as (partition by h.sensor_id, h.regime order by h.hour),
            d as (w range between interval '23 hours' preceding and current row),
            r as (w range between interval '5 hours' preceding and current row),
            b as (w range between interval '29 hours' preceding and interval '6 hours' preceding)
    ),
    -- the median of up to four without sorting: what is left when the ends are taken away
    quarter as (
        select q.sensor_id, q.regime, q.time + interval '15 minutes' as time,
            count(*) over h as quarters,
            case when count(*) over h <= 2 then avg(q.value) over h
                else (sum(q.value) over h - max(q.value) over h - min(q.value) over h) / (count(*) over h - 2) end as value
        from analytics.quarter(p_sensor_ids, p_from - interval '45 minutes', p_to) as q
        where not p_is_hourly
        window h as (partition by q.sensor_id, q.regime order by q.time range between interval '45 minutes' preceding and current row)
    ),
    point as (
        select h.sensor_id, h.regime, h.hour + interval '1 hour' as time, h.hour as at,
            case when h.quarters >= 2 then h.value end as value,
            h.day_value, h.recent_value, h.before_value, h.noise, h.spike, h.shift, h.stuck
        from hour as h
        where h.hour + interval '1 hour' > p_from and h.hour + interval '1 hour' <= p_to
        union all
        select q.sensor_id, q.regime, q.time, q.time - interval '15 minutes', q.value, null, null, null, null, null, null, null
        from quarter as q
        where q.time > p_from and q.time <= p_to and q.quarters >= 3 and q.time <> date_bin('1 hour', q.time, 'epoch')
    ),
    compared as (
        select p.*,
            case when b.hours_7d >= l.hours then b.median_7d when b.hours_28d >= l.hours then b.median_28d end as median_level,
            case when b.hours_28d >= l.hours then b.median_28d end as median_slow
        from point as p
        cross join least_hours as l
        left join analytics.background as b
            on b.sensor_id = p.sensor_id and b.regime = p.regime and b.day = date_bin('1 day', p.at, 'epoch')
    )
    select c.sensor_id, c.regime, c.time, c.value, c.median_level, c.value - c.median_level,
        c.day_value, c.median_slow, c.day_value - c.median_slow,
        c.recent_value, c.before_value, c.recent_value - c.before_value, c.noise, c.spike, c.shift, c.stuck
    from compared as c
$$;
comment on function analytics.feature is
'What is judged of sensors, at the end of each quarter-hour or hour: level, slow change and drift against what was before, noise, spikes, shifts, equal readings';

-- A line that a person can look at has no more than some 1,500 points: readings where there are so few, else the
-- quarter-hours and hours that are worked out already, or 6 hours or a day made of these.
-- Sensors are sorted by what serves them first: with arrays in hand, each part finds its rows by index.
create function api.sensor_series(p_sensors text[], p_from timestamptz, p_to timestamptz)
returns table ("time" timestamptz, sensor text, value float8, minimum float8, maximum float8)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_readings int[];
    v_quarters int[];
    v_hours int[];
    v_step interval := case
        when p_to - p_from <= interval '15 days' then interval '15 minutes'
        when p_to - p_from <= interval '62 days' then interval '1 hour'
        when p_to - p_from <= interval '375 days' then interval '6 hours'
        else interval '1 day'
    end;
begin
    select coalesce(array_agg(a.sensor_id) filter (where a.is_short), '{}'),
        coalesce(array_agg(a.sensor_id) filter (where not a.is_short and v_step < interval '1 hour'), '{}'),
        coalesce(array_agg(a.sensor_id) filter (where not a.is_short and v_step >= interval '1 hour'), '{}')
    into v_readings, v_quarters, v_hours
    from (
        select s.sensor_id, s.kind in ('gauge', 'power') and p_from >= h.raw_from
            and p_to - p_from <= 1500 * s.sampling_interval as is_short
        from plant.sensor as s
        cross join telemetry.horizon as h
        where s.code = any (p_sensors) and s.kind <> 'state'
    ) as a;
    return query
    with part as (
        select x.sensor_id, x.time, x.amount, x.known_s, x.value_s, x.measured_s, x.minimum, x.maximum
        from telemetry.slice as x
        where x.sensor_id = any (v_quarters)
            and x.time >= date_bin('15 minutes', p_from, 'epoch') and x.time < p_to
        union all
        select x.sensor_id, date_bin(v_step, x.bucket, 'epoch'), x.amount, x.known_s, x.value_s, x.measured_s,
            x.minimum, x.maximum
        from telemetry.sensor_hourly as x
        where x.sensor_id = any (v_hours)
            and x.bucket >= date_bin('1 hour', p_from, 'epoch') and x.bucket < p_to
    ),
    summed as (
        select p.sensor_id, p.time, sum(p.amount) / nullif(sum(p.known_s), 0) * 3600 as rate,
            sum(p.value_s) / nullif(sum(p.measured_s), 0) as mean, min(p.minimum) as minimum, max(p.maximum) as maximum
        from part as p
        group by p.sensor_id, p.time
    ),
    point as (
        select s.code, r.time, r.value * s.scale + s.value_offset as value,
            r.value * s.scale + s.value_offset as minimum, r.value * s.scale + s.value_offset as maximum,
            s.max_gap as step
        from telemetry.reading as r
        join plant.sensor as s using (sensor_id)
        where r.sensor_id = any (v_readings) and not r.is_struck and r.time >= p_from and r.time <= p_to
        union all
        select s.code, u.time, case when s.kind in ('counter', 'amount') then u.rate else u.mean end,
            case when s.kind not in ('counter', 'amount') then u.minimum end, case when s.kind not in ('counter', 'amount') then u.maximum end, v_step
        from summed as u
        join plant.sensor as s using (sensor_id)
    ),
    placed as (
        select p.*, lead(p.time) over (partition by p.code order by p.time) as next_time from point as p
    )
    select g.time, p.code, g.value, g.minimum, g.maximum
    from placed as p
    cross join lateral (
        select p.time, p.value, p.minimum, p.maximum
        union all
        select p.time + p.step, null, null, null where p.next_time > p.time + p.step
    ) as g
    order by 1, 2;
end
$$;
comment on function api.sensor_series(text[], timestamptz, timestamptz) is
'Sensors over time in their unit, of a counter or an amount per hour: readings where a sensor has at most some 1,500 in the period, else mean, minimum and maximum by quarter-hour (up to 15 days), hour (up to 62), 6 hours (up to 375) or day. A row without a value stands in each gap';

-- The medians that hours of a day are compared with, of the days before it. Confirmed episodes and planned stops
-- do not count among them.
create or replace function analytics.put_background(p_sensor_ids int[], p_from timestamptz, p_to timestamptz)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_custom_plan
as $$
declare
    v_rows bigint;
begin
    with day as materialized (
        select d as day from generate_series(date_bin('1 day', p_from, 'epoch'), p_to - interval '1 microsecond', interval '1 day') as d
    ),
    hour as materialized (
        select h.sensor_id, h.regime, h.hour, h.value
        from analytics.hour as h
        where h.sensor_id = any (p_sensor_ids)
            and h.hour >= (select min(d.day) from day as d) - interval '28 days' and h.hour < (select max(d.day) from day as d)
            and not exists (
                select from analytics.left_out as o
                where o.sensor_id = h.sensor_id and o.is_certain and h.hour + interval '1 hour' > o.from_time and h.hour < o.to_time
            )
    ),
    new as materialized (
        select h.sensor_id, h.regime, d.day,
            count(*) filter (where h.hour >= d.day - interval '7 days')::int as hours_7d,
            percentile_cont(0.5) within group (order by h.value) filter (where h.hour >= d.day - interval '7 days') as median_7d,
            count(*)::int as hours_28d,
            percentile_cont(0.5) within group (order by h.value) as median_28d
        from day as d
        join hour as h on h.hour >= d.day - interval '28 days' and h.hour < d.day
        group by h.sensor_id, h.regime, d.day
    ),
    gone as (
        delete from analytics.background as o
        using day as d
        where o.sensor_id = any (p_sensor_ids) and o.day = d.day
            and not exists (
                select from new as n where n.sensor_id = o.sensor_id and n.regime = o.regime and n.day = o.day
            )
        returning 1
    ),
    written as (
        insert into analytics.background as o
        select * from new
        on conflict (sensor_id, day, regime) do update set
            hours_7d = excluded.hours_7d, median_7d = excluded.median_7d,
            hours_28d = excluded.hours_28d, median_28d = excluded.median_28d
        where (o.hours_7d, o.median_7d, o.hours_28d, o.median_28d)
            is distinct from (excluded.hours_7d, excluded.median_7d, excluded.hours_28d, excluded.median_28d)
        returning 1
    )
    select (select count(*) from gone) + (select count(*) from written) into v_rows;
    return v_rows;
end
$$;
comment on function analytics.put_background is
'Works out the medians that the hours of each day of a range are compared with; returns how many rows changed';

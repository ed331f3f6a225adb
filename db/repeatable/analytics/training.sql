-- What a baseline is fitted to: the features of whole hours, one row per sensor and regime. Hours that a person called
-- real and planned stops are there without a value: they are history, but nothing is learned from them. Flagged hours
-- that nobody judged have a value, and say so. Hours since the start of the range tell where each value stands, and
-- the hour of the week in plant time which slot of a profile is its own.
create or replace function analytics.training(p_sensor_ids int[], p_from timestamptz, p_to timestamptz)
returns table (
    sensor_id int, regime int, hours int[], slots int[], is_flagged boolean[], level float8[], slow float8[], drift float8[],
    noise float8[], spike float8[], shift float8[], stuck float8[], readings_per_hour float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_nestloop = off
as $$
    with left_out as materialized (
        select o.sensor_id, range_agg(tstzrange(o.from_time, o.to_time, '(]')) filter (where o.is_certain) as during,
            range_agg(tstzrange(o.from_time, o.to_time, '(]')) filter (where not o.is_certain) as flagged
        from analytics.left_out as o
        where o.sensor_id = any (p_sensor_ids) and o.to_time > p_from and o.from_time < p_to
        group by o.sensor_id
    ),
    feature as (
        select f.*, analytics.hour_of_week(f.time - interval '15 minutes', i.time_zone) as slot, s.sampling_interval, coalesce(o.during @> f.time, false) as is_left_out,
            coalesce(o.flagged @> f.time, false) as is_flagged
        from analytics.feature(p_sensor_ids, p_from, p_to, true) as f
        join plant.sensor as s using (sensor_id)
        join plant.site as i using (site_id)
        left join left_out as o using (sensor_id)
    )
    select sensor_id, regime,
        array_agg((extract(epoch from time - date_bin('1 hour', p_from, 'epoch')) / 3600)::int order by time),
        array_agg(slot order by time),
        array_agg(is_flagged order by time),
        array_agg(case when not is_left_out then level end order by time),
        array_agg(case when not is_left_out then slow end order by time),
        array_agg(case when not is_left_out then drift end order by time),
        array_agg(case when not is_left_out then noise end order by time),
        array_agg(case when not is_left_out then spike end order by time),
        array_agg(case when not is_left_out then shift end order by time),
        array_agg(case when not is_left_out then stuck end order by time),
        3600 / date_part('epoch', min(sampling_interval))
    from feature
    group by sensor_id, regime
    order by sensor_id, regime
$$;
comment on function analytics.training is
'Features of whole hours that baselines are fitted to, one row per sensor and regime; NULL where nothing is to be learned';

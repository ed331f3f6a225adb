-- The same features, baselines and limits as analytics.judge has: what is drawn is what is judged. Only the level, of
-- whole hours, as it alone has the unit of the sensor and a place at each hour.
create function api.sensor_expected(p_sensor text, p_from timestamptz, p_to timestamptz)
returns table ("time" timestamptz, value float8, expected float8, low float8, high float8, regime text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with sensor as materialized (
        select s.sensor_id, s.kind, i.time_zone, t.minimum_deviation,
            (select x.value::float8 from ops.setting as x where x.name = 'anomaly_threshold') as threshold
        from plant.sensor as s
        join plant.site as i using (site_id)
        left join analytics.sensor_setting as t using (sensor_id)
        where s.code = p_sensor
    ),
    hour as materialized (
        select distinct on (f.time) f.time, f.regime, f.value, f.median_level
        from analytics.feature(array(select x.sensor_id from sensor as x), p_from, p_to, true) as f
        where f.value is not null
        order by f.time, f.regime desc
    ),
    against as (
        select h.time, h.regime, h.value,
            h.median_level + b.centre + case when b.profile is null then 0 else coalesce(
                b.profile[1 + analytics.hour_of_week(h.time - interval '15 minutes', s.time_zone) % cardinality(b.profile)],
                b.profile[1 + analytics.hour_of_week(h.time + interval '45 minutes', s.time_zone) % cardinality(b.profile)]
            ) end as expected,
            greatest(
                b.usual + (s.threshold + log(b.clusters_per_day)) * b.excess * ln(10::float8), b.usual, b.least, s.minimum_deviation
            ) as distance_above,
            greatest(
                coalesce(b.usual_below, b.usual) + (s.threshold + log(coalesce(b.clusters_per_day_below, b.clusters_per_day)))
                * coalesce(b.excess_below, b.excess) * ln(10::float8),
                coalesce(b.usual_below, b.usual), b.least, s.minimum_deviation
            ) as distance_below,
            -- what is counted does not go backwards
            case when s.kind in ('counter', 'amount') then 0::float8 else '-infinity' end as floor,
            lead(h.time) over (order by h.time) as next_time
        from hour as h
        cross join sensor as s
        left join analytics.baseline as b on b.sensor_id = s.sensor_id and b.regime = h.regime and b.feature = 'level'
            and h.time > b.valid_from and h.time <= b.valid_to and b.reason is null
    )
    select g.time, g.value, g.expected, g.low, g.high, r.name
    from against as a
    left join analytics.regime as r on r.regime = a.regime
    cross join lateral (
        select a.time, a.value, a.expected, greatest(a.expected - a.distance_below, a.floor) as low, a.expected + a.distance_above as high
        union all
        select a.time + interval '1 hour', null, null, null, null where a.next_time > a.time + interval '1 hour'
    ) as g
    order by g.time
$$;
comment on function api.sensor_expected(text, timestamptz, timestamptz) is
'A sensor by hour, in its unit (of a counter or an amount, unit per hour), beside what was expected and the band that it keeps within unless its level is an anomaly; time is the end of the hour. Without expectation where the regime has no baseline; a row without a value stands in each gap';

-- Deviations of sensors at the quarter-hours of a range, as they should be: what features say against the baselines
-- that were valid at each time, and what slices and readings say by themselves. Nothing is judged in a planned stop,
-- nor in a regime that has no baseline.
create or replace function analytics.judge(p_sensor_ids int[], p_from timestamptz, p_to timestamptz)
returns setof analytics.deviation
language sql stable
as $$
    with threshold as materialized (
        select max(s.value::float8) filter (where s.name = 'anomaly_threshold') as process,
            max(s.value::float8) filter (where s.name = 'sensor_fault_threshold') as sensor
        from ops.setting as s where s.name in ('anomaly_threshold', 'sensor_fault_threshold')
    ),
    sensor as materialized (
        select s.sensor_id, s.machine_id, s.kind, s.minimum, s.maximum, i.time_zone, t.minimum_deviation,
            greatest(s.max_gap, 3 * s.sampling_interval, interval '15 minutes') as longest_gap
        from plant.sensor as s
        join plant.site as i using (site_id)
        left join analytics.sensor_setting as t using (sensor_id)
        where s.sensor_id = any (p_sensor_ids)
    ),
    valid as materialized (
        select b.*, case when b.feature in ('level', 'slow', 'drift') then 'process' else 'sensor' end as class
        from analytics.baseline as b
        where b.sensor_id = any (p_sensor_ids) and b.valid_from < p_to and b.valid_to > p_from
    ),
    feature as materialized (
        select f.sensor_id, f.regime, f.time, x.name, x.actual, x.median, x.value
        from analytics.feature(p_sensor_ids, p_from, p_to, false) as f
        cross join lateral (values
            ('level', f.value, f.median_level, f.level),
            ('slow', f.day_value, f.median_slow, f.slow),
            ('drift', f.recent_value, f.before_value, f.drift),
            ('noise', f.noise, 0, f.noise),
            ('spike', f.spike, 0, f.spike),
            ('shift', f.shift, 0, f.shift),
            ('stuck', f.stuck, 0, f.stuck)
        ) as x (name, actual, median, value)
        where x.value is not null
    ),
    against as materialized (
        select f.*, b.class, b.baseline_id, b.usual, b.excess, b.clusters_per_day,
            b.usual_below, b.excess_below, b.clusters_per_day_below,
            greatest(b.least, case when b.class = 'process' then s.minimum_deviation end) as least,
            b.centre + case when b.profile is null then 0
                else coalesce(p.here, p.next) * (1 - l.part) + coalesce(p.next, p.here) * l.part end as centre,
            p.here, p.next, l.part,
            case when b.class = 'process' then t.process else t.sensor end as threshold
        from feature as f
        join sensor as s using (sensor_id)
        join valid as b on b.sensor_id = f.sensor_id and b.regime = f.regime and b.feature = f.name
            and f.time > b.valid_from and f.time <= b.valid_to and b.reason is null
        cross join threshold as t
        -- a profile holds whole hours; between two of them it goes in a straight line
        cross join lateral (select date_bin('1 hour', f.time, 'epoch') as hour) as h
        cross join lateral (
            select analytics.hour_of_week(h.hour - interval '15 minutes', s.time_zone) as slot,
                analytics.hour_of_week(h.hour + interval '45 minutes', s.time_zone) as next_slot,
                date_part('epoch', f.time - h.hour) / 3600 as part
        ) as l
        -- an hour of the day or week that was never seen has no place in it, and is not judged
        cross join lateral (
            select b.profile[1 + l.slot % cardinality(b.profile)] as here,
                b.profile[1 + l.next_slot % cardinality(b.profile)] as next
        ) as p
    ),
    heard as (
        select s.sensor_id, s.time + interval '15 minutes' as time
        from telemetry.slice as s
        where s.sensor_id = any (p_sensor_ids) and s.readings > 0
            and s.time >= p_from - interval '15 minutes' and s.time < p_to
    ),
    apart as (
        -- a process is judged on both sides, each by what is usual there; a fault of a sensor above only
        select sensor_id, class, name, time, regime, actual, median, value, centre, threshold, baseline_id, least,
            case when is_below then centre - value else value - centre end as distance,
            case when is_below then -1 else 1 end as side,
            case when is_below then coalesce(usual_below, usual) else usual end + within as usual,
            case when is_below then coalesce(excess_below, excess) else excess end as excess,
            case when is_below then coalesce(clusters_per_day_below, clusters_per_day) else clusters_per_day end as clusters_per_day
        from against
        cross join lateral (select class = 'process' and value < centre as is_below) as b
        -- between two whole hours of a profile all from the one to the other is usual: it may go in a step
        cross join lateral (
            select case when is_below then part else 1 - part end * greatest(next - here, 0)
                + case when is_below then 1 - part else part end * greatest(here - next, 0) as up
        ) as u
        cross join lateral (select case when part > 0 then coalesce(up, 0) else 0 end as within) as w
    ),
    scored as (
        select sensor_id, class, name as kind, time, regime, actual, median + centre as expected,
            median + centre + side * greatest(
                usual + (threshold + log(clusters_per_day)) * excess * ln(10::float8), usual, least
            ) as usual_limit,
            -log(clusters_per_day) + (distance - usual) / (excess * ln(10::float8)) as score,
            threshold, baseline_id
        from apart
        where name <> 'stuck' and distance > usual and distance >= coalesce(least, 0)
        union all
        select sensor_id, class, name, time, regime, actual, centre, usual, null, threshold, baseline_id
        from apart where name = 'stuck' and value >= usual
        union all
        -- what slices say by themselves; of a counter or an amount, what was left out or could not be
        select s.sensor_id, 'sensor', x.kind, s.time + interval '15 minutes', analytics.regime_of(s.state, s.reference_id),
            x.actual, null, x.usual_limit, null, null, null
        from telemetry.slice as s
        join sensor as p using (sensor_id)
        cross join lateral (
            select 'out_of_range' as kind, case when s.maximum > p.maximum then s.maximum else s.minimum end as actual,
                case when s.maximum > p.maximum then p.maximum else p.minimum end as usual_limit
            where s.flags & 128 > 0
            union all
            select 'spike', s.maximum, null where p.kind in ('counter', 'amount') and s.flags & 72 > 0
        ) as x
        where s.sensor_id = any (p_sensor_ids) and s.time >= p_from and s.time < p_to
        union all
        select p.sensor_id, 'sensor', 'silent', g.time, 0, null, null, date_part('epoch', w.longest), null, null, null
        from sensor as p
        cross join lateral generate_series(
            date_bin('15 minutes', p_from, 'epoch') + interval '15 minutes', p_to, interval '15 minutes'
        ) as g (time)
        -- a machine that runs lots may be off between them: there a run has to go on for as long; elsewhere the
        -- silences that a sensor has a habit of count, and nothing is said before they are known
        cross join lateral (
            select exists (
                select from plant.lot_run as r
                where r.machine_id = p.machine_id and lower(r.during) < g.time
                    and lower(r.during) >= g.time - interval '28 days'
            ) as has_lots
        ) as m
        cross join lateral (
            select p.longest_gap as longest where m.has_lots
            union all
            select greatest(p.longest_gap, make_interval(secs => b.usual)) from valid as b
            where b.sensor_id = p.sensor_id and b.feature = 'silent' and not m.has_lots and b.reason is null
                and g.time > b.valid_from and g.time <= b.valid_to
        ) as w
        cross join lateral (
            select r.time from telemetry.reading as r
            where r.sensor_id = p.sensor_id and r.time < g.time and not r.is_struck
            order by r.time desc limit 1
        ) as last
        where p.kind <> 'state'
            and not exists (select from heard as s where s.sensor_id = p.sensor_id and s.time = g.time)
            and last.time < g.time - w.longest
            and (not m.has_lots or exists (
                select from plant.lot_run as r
                where r.machine_id = p.machine_id and r.during @> tstzrange(g.time - w.longest, g.time)
            ))
    )
    select distinct on (s.sensor_id, s.time, s.class, s.kind)
        s.sensor_id, s.class, s.kind, s.time, s.regime, s.actual, s.expected, s.usual_limit, s.score,
        s.score is null or s.score >= s.threshold as is_over, s.baseline_id
    from scored as s
    join sensor as p using (sensor_id)
    where (s.score is null or s.score > 0)
        and not exists (
            select from analytics.planned_stop as x
            where x.machine_id = p.machine_id and x.during && tstzrange(s.time - interval '15 minutes', s.time)
        )
    order by s.sensor_id, s.time, s.class, s.kind, s.score desc nulls first, s.regime desc
$$;
comment on function analytics.judge is
'Deviations of sensors in a range, worked out from features, baselines, slices and readings; writes nothing';

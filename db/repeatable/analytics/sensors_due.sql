-- Sensors to be fitted at an instant: those that never were, those whose last fit is a week old, and each day those
-- with less than four weeks of hours. Only what changes by itself is judged: no set points, states, counts of products.
create or replace function analytics.sensors_due(p_at timestamptz, p_is_all boolean)
returns table (sensor_ids int[], minimum_hours int)
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select array_agg(s.sensor_id order by s.sensor_id),
        (select t.value::int from ops.setting as t where t.name = 'baseline_minimum_hours')
    from plant.sensor as s
    left join lateral (
        select x.valid_from as fitted_for, sum(x.hours) as hours
        from analytics.baseline as x
        where x.sensor_id = s.sensor_id and x.feature = 'level' and x.valid_from <= p_at
        group by x.valid_from order by x.valid_from desc limit 1
    ) as b on true
    where s.is_enabled and s.kind in ('gauge', 'power', 'counter', 'amount') and s.role not in ('setpoint', 'output')
        and (p_is_all or b.fitted_for is null or b.fitted_for <= p_at - interval '7 days'
            or (b.fitted_for <= p_at - interval '1 day' and b.hours < 672));
end;
comment on function analytics.sensors_due is
'Sensors whose baselines are to be fitted anew at an instant, and the setting baseline_minimum_hours';

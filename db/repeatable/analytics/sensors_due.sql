-- Sensors to be fitted at an instant: those that never were, those whose last fit is a week old, and each day those
-- that are still young. Only what changes by itself is judged: no set points, no states, no counts of products.
create or replace function analytics.sensors_due(p_at timestamptz, p_is_all boolean)
returns table (sensor_ids int[], minimum_hours int)
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select array_agg(s.sensor_id order by s.sensor_id),
        (select t.value::int from ops.setting as t where t.name = 'baseline_minimum_hours')
    from plant.sensor as s
    left join lateral (
        select max(b.valid_from) as fitted_for, min(b.history_from) as history_from
        from analytics.baseline as b where b.sensor_id = s.sensor_id and b.valid_from <= p_at
    ) as b on true
    where s.is_enabled and s.kind in ('gauge', 'power', 'counter') and s.role not in ('setpoint', 'output')
        and (p_is_all or b.fitted_for is null or b.fitted_for <= p_at - interval '7 days'
            or (b.fitted_for <= p_at - interval '1 day' and p_at - b.history_from < interval '28 days'));
end;
comment on function analytics.sensors_due is
'Sensors whose baselines are to be fitted anew at an instant, and the setting baseline_minimum_hours';

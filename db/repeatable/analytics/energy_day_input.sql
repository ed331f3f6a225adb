create or replace view analytics.energy_day_input as
select
    d.level,
    d.place,
    d.carrier,
    d.day,
    case when d.coverage >= s.minimum_coverage then d.energy_kwh end as energy_kwh,
    d.coverage,
    coalesce(i.inputs, '{}') || case d.kind when 'work' then '{}' else jsonb_build_object(d.kind, 1) end as inputs
from analytics.energy_day as d
cross join (
    select t.value::float8 as minimum_coverage from ops.setting as t where t.name = 'energy_minimum_coverage'
) as s
left join (
    select level, place, day, jsonb_object_agg(input, value) as inputs
    from analytics.energy_input
    group by level, place, day
) as i using (level, place, day);
comment on view analytics.energy_day_input is 'Energy of each place and day with all inputs; no energy where the day was not fully measured';

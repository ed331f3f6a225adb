-- The figures of lots that have control charts, in the order in which lots finished.
create view analytics.control_value as
select t.reference_id, l.reference, x.figure, l.number as lot, l.finished_at, x.value,
    v.verdict is distinct from 'real' and v.verdict is distinct from 'planned_stop' as is_normal
from api.lot as l
join plant.lot as t using (number)
left join analytics.lot_verdict as v using (lot_id)
cross join (select s.value::float8 as minimum_coverage from ops.setting as s where s.name = 'kpi_minimum_coverage') as m
cross join lateral (
    values
    ('energy_kwh_per_unit', case when l.energy_kwh > 0 then l.energy_kwh_per_unit end),
    ('machine_s', nullif(l.machine_s, 0)),
    ('temperature_c_mean', case when l.temperature_coverage >= m.minimum_coverage then l.temperature_c_mean end)
) as x (figure, value)
where t.reference_id is not null and l.finished_at is not null and x.value is not null;

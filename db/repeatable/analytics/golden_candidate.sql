-- Lots that may be golden: measured, of a known quantity, and nobody said that something was wrong. Right in
-- temperature are those that were out of their band for no longer than three quarters of them: an oven that warms up
-- is always out of it for a while.
create view analytics.golden_candidate as
with measured as (
    select t.reference_id, t.lot_id, l.number as lot, l.finished_at, l.energy_kwh_per_unit,
        coalesce(l.temperature_below_s, 0) + coalesce(l.temperature_above_s, 0) as out_s, l.machine_s
    from api.lot as l
    join plant.lot as t using (number)
    join analytics.lot_profile as p using (lot_id)
    left join analytics.lot_verdict as v using (lot_id)
    cross join (select s.value::float8 as minimum_coverage from ops.setting as s where s.name = 'kpi_minimum_coverage') as m
    where t.reference_id is not null and l.finished_at is not null
        and l.energy_kwh > 0 and l.energy_kwh_per_unit is not null
        and v.verdict is distinct from 'real' and v.verdict is distinct from 'planned_stop'
        and (l.temperature_coverage is null or l.temperature_coverage >= m.minimum_coverage)
        and cardinality(array_remove(p.power_kw, null)) >= m.minimum_coverage * cardinality(p.power_kw)
),
usual as (
    select reference_id, percentile_cont(0.75) within group (order by out_s / machine_s) as out_share, count(*)::int as lots
    from measured group by reference_id
)
select m.reference_id, m.lot_id, m.lot, m.finished_at, m.energy_kwh_per_unit, u.lots as candidates,
    m.out_s / m.machine_s <= u.out_share * (1 + 1e-9) as is_right
from measured as m
join usual as u using (reference_id);

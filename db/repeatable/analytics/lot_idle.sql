-- What machines used idle on the days of a lot, and the part of it that the lot bears by the setting idle_allotment:
-- its share of the run time, or of the good units, of all lots of that machine and day. Where units are not known of
-- one of them, nobody's share is. A day without a lot has nobody to bear it.
create or replace view analytics.lot_idle as
select
    a.lot_id,
    a.place as machine,
    a.day,
    i.carrier,
    h.share,
    i.energy_kwh * h.share as energy_kwh,
    case when i.unpriced_kwh is null then i.cost * h.share end as cost,
    case when i.without_factor_kwh is null then i.co2_kg * h.share end as co2_kg
from analytics.lot_day as a
join plant.machine as m on m.code = a.place
cross join lateral (
    select
        case t.value
            when 'run_time' then a.run_s::float8 / sum(o.run_s)::float8
            when 'units' then case when bool_and(coalesce(l.good_quantity, u.quantity) is not null) then
                sum(coalesce(l.good_quantity, u.quantity) * o.share::float8) filter (where o.lot_id = a.lot_id)
                / nullif(sum(coalesce(l.good_quantity, u.quantity) * o.share::float8), 0)
            end
        end as share
    from ops.setting as t
    join analytics.lot_day as o on o.level = 'machine' and o.place = a.place and o.day = a.day
    join plant.lot as l on l.lot_id = o.lot_id
    left join lateral (
        select c.quantity from analytics.lot_output as c where l.good_quantity is null and c.lot_id = o.lot_id
    ) as u on true
    where t.name = 'idle_allotment' and t.value <> 'none'
    group by t.value
) as h
cross join lateral (
    select d.carrier, sum(d.energy_kwh) as energy_kwh, sum(d.cost) as cost, sum(d.co2_kg) as co2_kg,
        sum(d.unpriced_kwh) as unpriced_kwh, sum(d.without_factor_kwh) as without_factor_kwh
    from analytics.cost_day as d
    where d.machine_id = m.machine_id and d.role = 'main_energy' and d.day = a.day and d.state = 'i'
    group by d.carrier
) as i
where a.level = 'machine';
comment on view analytics.lot_idle is 'Idle energy, cost and CO2 that lots bear, by machine, day of plant time and carrier';

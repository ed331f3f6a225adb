create view api.lot_cost_class as
select
    t.number,
    c.carrier,
    c.class,
    z.currency,
    c.energy_kwh,
    c.cost
from plant.lot as t
cross join lateral (
    select x.site_id, x.carrier, x.class, sum(x.energy_kwh) as energy_kwh, sum(x.cost) as cost
    from analytics.lot_slice_cost as x
    where x.lot_id = t.lot_id
    group by x.site_id, x.carrier, x.class
) as c
join plant.site as z using (site_id);
comment on view api.lot_cost_class is 'Energy and cost of lots by class of time of use';
comment on column api.lot_cost_class.number is 'Lot number';
comment on column api.lot_cost_class.carrier is 'Energy carrier';
comment on column api.lot_cost_class.class is 'Class of time of use; NULL: no tariff holds';
comment on column api.lot_cost_class.currency is 'Currency of the site';
comment on column api.lot_cost_class.energy_kwh is 'Known energy, kWh';
comment on column api.lot_cost_class.cost is 'What it costs; NULL where no tariff holds';

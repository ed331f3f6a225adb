create view api.reference_cost as
select
    c.reference,
    c.currency,
    count(*) as lots,
    count(*) filter (where x.is_known) as lots_with_cost,
    sum(c.cost) filter (where x.is_known) as cost,
    sum(c.cost) filter (where x.is_known) / nullif(sum(l.quantity) filter (where x.is_known), 0) as cost_per_unit,
    percentile_cont(0.05) within group (order by c.cost / l.quantity) filter (where x.is_known) as cost_per_unit_p05,
    percentile_cont(0.5) within group (order by c.cost / l.quantity) filter (where x.is_known) as cost_per_unit_p50,
    percentile_cont(0.95) within group (order by c.cost / l.quantity) filter (where x.is_known) as cost_per_unit_p95,
    count(*) filter (where x.has_co2) as lots_with_co2,
    sum(c.co2_kg) filter (where x.has_co2) / nullif(sum(l.quantity) filter (where x.has_co2), 0) as co2_kg_per_unit
from api.lot_cost as c
join api.lot as l using (number)
cross join lateral (
    select c.cost is not null and l.energy_kwh_per_unit is not null as is_known,
        c.co2_kg is not null and l.energy_kwh_per_unit is not null as has_co2
) as x
where c.reference is not null
group by c.reference, c.currency;
comment on view api.reference_cost is 'Cost and CO2 of references, from lots whose energy and units are known well enough';
comment on column api.reference_cost.reference is 'Code of the product';
comment on column api.reference_cost.currency is 'Currency of the site';
comment on column api.reference_cost.lots is 'Number of lots';
comment on column api.reference_cost.lots_with_cost is 'Number of lots behind the cost: measured well enough, with units counted and every kWh priced';
comment on column api.reference_cost.cost is 'Cost of the energy of these lots';
comment on column api.reference_cost.cost_per_unit is 'Cost per good unit: sum of cost / sum of units of lots_with_cost; never a mean of ratios';
comment on column api.reference_cost.cost_per_unit_p05 is '5th percentile over lots';
comment on column api.reference_cost.cost_per_unit_p50 is 'Median over lots';
comment on column api.reference_cost.cost_per_unit_p95 is '95th percentile over lots';
comment on column api.reference_cost.lots_with_co2 is 'Number of lots behind co2_kg_per_unit';
comment on column api.reference_cost.co2_kg_per_unit is 'kg of CO2 equivalent per good unit';

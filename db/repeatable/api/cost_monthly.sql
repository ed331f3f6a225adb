create view api.cost_monthly as
select
    m.time,
    m.site,
    m.carrier,
    m.currency,
    sum(e.energy_kwh) as energy_kwh,
    case when bool_and(e.is_priced) then sum(e.cost) end as energy_cost,
    case when bool_and(d.is_known) then coalesce(sum(d.demand_cost), 0) end as demand_cost,
    case when bool_and(e.is_priced) and bool_and(d.is_known) then sum(e.cost) + coalesce(sum(d.demand_cost), 0) end as cost,
    case when bool_and(e.has_factor) then sum(e.co2_kg) end as co2_kg,
    sum(m.share_of_month) as share_of_month
from analytics.tariff_month as m
cross join lateral (
    select sum(x.energy_kwh) as energy_kwh, sum(x.cost) as cost, sum(x.co2_kg) as co2_kg,
        count(*) filter (where x.energy_kwh is not null and x.cost is null) = 0 as is_priced,
        count(*) filter (where x.energy_kwh is not null and x.co2_kg is null) = 0 as has_factor
    from analytics.slice_cost as x
    where x.sensor_id = any (m.sensor_ids) and x.time >= m.from_time and x.time < m.to_time
) as e
cross join lateral (
    select sum(x.demand_cost) as demand_cost, coalesce(bool_and(x.demand_cost is not null), true) as is_known
    from api.demand_charge as x
    where x.time = m.time and x.site = m.site and x.carrier = m.carrier and x.tariff = m.tariff
) as d
where e.energy_kwh is not null
group by m.time, m.site, m.carrier, m.currency;
comment on view api.cost_monthly is 'Cost and CO2 of sites by month of plant time, from their top meters, demand charges included';
comment on column api.cost_monthly.time is 'Start of the local month';
comment on column api.cost_monthly.site is 'Site';
comment on column api.cost_monthly.carrier is 'Energy carrier';
comment on column api.cost_monthly.currency is 'Currency of the site';
comment on column api.cost_monthly.energy_kwh is 'Known energy on the days on which a tariff holds, kWh';
comment on column api.cost_monthly.energy_cost is 'What it costs by the kWh; NULL where a part has no price';
comment on column api.cost_monthly.demand_cost is 'Demand charges as they stand now; 0 where the tariff has none, NULL where one is not known';
comment on column api.cost_monthly.cost is 'energy_cost + demand_cost';
comment on column api.cost_monthly.co2_kg is 'kg of CO2 equivalent; NULL where a part has no emission factor';
comment on column api.cost_monthly.share_of_month is 'Share of the days of the month on which a tariff holds; below 1 the month is not all here';

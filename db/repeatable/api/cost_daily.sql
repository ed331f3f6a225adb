-- A sum of which a part has no price is no cost: it would be too low, and nobody would see it.
create view api.cost_daily as
select
    d.time,
    s.code as site,
    m.code as machine,
    d.carrier,
    s.currency,
    sum(d.energy_kwh) as energy_kwh,
    case when sum(d.unpriced_kwh) is null then sum(d.cost) end as cost,
    case when sum(d.unpriced_kwh) filter (where d.state = 'l') is null then sum(d.cost) filter (where d.state = 'l') end as lot_cost,
    case when sum(d.unpriced_kwh) filter (where d.state = 'i') is null then sum(d.cost) filter (where d.state = 'i') end as idle_cost,
    case when sum(d.unpriced_kwh) filter (where d.state = 'u') is null then sum(d.cost) filter (where d.state = 'u') end
    as unattributed_cost,
    sum(d.unpriced_kwh) as unpriced_kwh,
    case when sum(d.without_factor_kwh) is null then sum(d.co2_kg) end as co2_kg,
    case when sum(d.without_factor_kwh) filter (where d.state = 'l') is null then sum(d.co2_kg) filter (where d.state = 'l') end
    as lot_co2_kg,
    case when sum(d.without_factor_kwh) filter (where d.state = 'i') is null then sum(d.co2_kg) filter (where d.state = 'i') end
    as idle_co2_kg,
    case when sum(d.without_factor_kwh) filter (where d.state = 'u') is null then sum(d.co2_kg) filter (where d.state = 'u') end
    as unattributed_co2_kg,
    sum(d.without_factor_kwh) as without_factor_kwh
from analytics.cost_day as d
join plant.site as s using (site_id)
join plant.machine as m using (machine_id)
where d.role = 'main_energy'
group by d.time, s.code, m.code, d.carrier, s.currency;
comment on view api.cost_daily is 'Cost and CO2 of the energy of each machine by day of plant time, from its main meters; what is not measured is not in it';
comment on column api.cost_daily.time is 'Start of the local day';
comment on column api.cost_daily.site is 'Site';
comment on column api.cost_daily.machine is 'Machine';
comment on column api.cost_daily.carrier is 'Energy carrier';
comment on column api.cost_daily.currency is 'Currency of the site';
comment on column api.cost_daily.energy_kwh is 'Known energy, kWh; NULL where nothing is known';
comment on column api.cost_daily.cost is 'What it costs, without demand charges; NULL where a part of it has no price';
comment on column api.cost_daily.lot_cost is 'Cost of its lots; NULL where a part has no price, or no lot ran';
comment on column api.cost_daily.idle_cost is 'Cost of what it used idle: between two runs or inside a shift';
comment on column api.cost_daily.unattributed_cost is 'Cost of all else';
comment on column api.cost_daily.unpriced_kwh is 'Of the energy, kWh without a price: no tariff holds on its day, or its holidays are not known; NULL: none';
comment on column api.cost_daily.co2_kg is 'kg of CO2 equivalent; NULL where a part of it has no emission factor';
comment on column api.cost_daily.lot_co2_kg is 'Of it, in lots';
comment on column api.cost_daily.idle_co2_kg is 'Of it, idle';
comment on column api.cost_daily.unattributed_co2_kg is 'Of it, all else';
comment on column api.cost_daily.without_factor_kwh is 'Of the energy, kWh of days for which no emission factor is declared; NULL: none';

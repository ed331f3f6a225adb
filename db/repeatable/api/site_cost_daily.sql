-- A site is its top meters, its machines are their main meters. What lies between the two is said, and not shared out;
-- so lots + idle + unattributed + unmetered are the site, in kWh, money and CO2.
create view api.site_cost_daily as
select
    x.time,
    s.code as site,
    x.carrier,
    s.currency,
    x.energy_kwh,
    x.lot_kwh,
    x.idle_kwh,
    x.unattributed_kwh,
    x.energy_kwh - coalesce(x.machine_kwh, 0) as unmetered_kwh,
    case when x.unpriced_kwh is null then x.cost end as cost,
    case when x.unpriced_kwh is null then x.lot_cost end as lot_cost,
    case when x.unpriced_kwh is null then x.idle_cost end as idle_cost,
    case when x.unpriced_kwh is null then x.unattributed_cost end as unattributed_cost,
    case when x.unpriced_kwh is null then x.cost - coalesce(x.machine_cost, 0) end as unmetered_cost,
    x.unpriced_kwh,
    case when x.without_factor_kwh is null then x.co2_kg end as co2_kg,
    case when x.without_factor_kwh is null then x.lot_co2_kg end as lot_co2_kg,
    case when x.without_factor_kwh is null then x.idle_co2_kg end as idle_co2_kg,
    case when x.without_factor_kwh is null then x.unattributed_co2_kg end as unattributed_co2_kg,
    case when x.without_factor_kwh is null then x.co2_kg - coalesce(x.machine_co2_kg, 0) end as unmetered_co2_kg,
    x.without_factor_kwh
from (
    select
        c.site_id,
        c.carrier,
        c.time,
        sum(c.energy_kwh) filter (where p.sensor_id is not null) as energy_kwh,
        sum(c.energy_kwh) filter (where c.role = 'main_energy') as machine_kwh,
        sum(c.energy_kwh) filter (where c.role = 'main_energy' and c.state = 'l') as lot_kwh,
        sum(c.energy_kwh) filter (where c.role = 'main_energy' and c.state = 'i') as idle_kwh,
        sum(c.energy_kwh) filter (where c.role = 'main_energy' and c.state = 'u') as unattributed_kwh,
        sum(c.cost) filter (where p.sensor_id is not null) as cost,
        sum(c.cost) filter (where c.role = 'main_energy') as machine_cost,
        sum(c.cost) filter (where c.role = 'main_energy' and c.state = 'l') as lot_cost,
        sum(c.cost) filter (where c.role = 'main_energy' and c.state = 'i') as idle_cost,
        sum(c.cost) filter (where c.role = 'main_energy' and c.state = 'u') as unattributed_cost,
        sum(c.co2_kg) filter (where p.sensor_id is not null) as co2_kg,
        sum(c.co2_kg) filter (where c.role = 'main_energy') as machine_co2_kg,
        sum(c.co2_kg) filter (where c.role = 'main_energy' and c.state = 'l') as lot_co2_kg,
        sum(c.co2_kg) filter (where c.role = 'main_energy' and c.state = 'i') as idle_co2_kg,
        sum(c.co2_kg) filter (where c.role = 'main_energy' and c.state = 'u') as unattributed_co2_kg,
        sum(c.unpriced_kwh) filter (where p.sensor_id is not null) as unpriced_kwh,
        sum(c.without_factor_kwh) filter (where p.sensor_id is not null) as without_factor_kwh
    from analytics.cost_day as c
    left join analytics.place_meter as p on p.level = 'site' and p.sensor_id = c.sensor_id
    where p.sensor_id is not null or c.role = 'main_energy'
    group by c.site_id, c.carrier, c.time
) as x
join plant.site as s using (site_id);
comment on view api.site_cost_daily is 'Energy, cost and CO2 of each site by day of plant time: lots + idle + unattributed + unmetered are the site';
comment on column api.site_cost_daily.time is 'Start of the local day';
comment on column api.site_cost_daily.site is 'Site';
comment on column api.site_cost_daily.carrier is 'Energy carrier';
comment on column api.site_cost_daily.currency is 'Currency of the site';
comment on column api.site_cost_daily.energy_kwh is 'Known energy of its top meters, kWh, each kWh once';
comment on column api.site_cost_daily.lot_kwh is 'Of it, in lots, kWh';
comment on column api.site_cost_daily.idle_kwh is 'Of it, idle, kWh';
comment on column api.site_cost_daily.unattributed_kwh is 'Of it, of machines outside runs and shifts, kWh';
comment on column api.site_cost_daily.unmetered_kwh is 'Of it, what no main meter of a machine saw, kWh; below 0 where meters contradict each other';
comment on column api.site_cost_daily.cost is 'What it costs, without demand charges; NULL where a part has no price';
comment on column api.site_cost_daily.lot_cost is 'Of it, in lots, in the currency';
comment on column api.site_cost_daily.idle_cost is 'Of it, idle, in the currency';
comment on column api.site_cost_daily.unattributed_cost is 'Of it, of machines outside runs and shifts, in the currency';
comment on column api.site_cost_daily.unmetered_cost is 'Of it, what no main meter of a machine saw, in the currency; below 0 where meters contradict each other';
comment on column api.site_cost_daily.unpriced_kwh is 'Of the energy, kWh without a price: no tariff holds on its day, or its holidays are not known; NULL: none';
comment on column api.site_cost_daily.co2_kg is 'kg of CO2 equivalent; NULL where a part has no emission factor';
comment on column api.site_cost_daily.lot_co2_kg is 'Of it, in lots, kg';
comment on column api.site_cost_daily.idle_co2_kg is 'Of it, idle, kg';
comment on column api.site_cost_daily.unattributed_co2_kg is 'Of it, of machines outside runs and shifts, kg';
comment on column api.site_cost_daily.unmetered_co2_kg is 'Of it, what no main meter of a machine saw, kg; below 0 where meters contradict each other';
comment on column api.site_cost_daily.without_factor_kwh is 'Of the energy, kWh of days for which no emission factor is declared; NULL: none';

create view api.cost_class_daily as
select
    d.time,
    s.code as site,
    m.code as machine,
    d.carrier,
    d.class,
    s.currency,
    sum(d.energy_kwh) as energy_kwh,
    case when d.class is not null then sum(d.cost) end as cost
from analytics.cost_day as d
join plant.site as s using (site_id)
join plant.machine as m using (machine_id)
where d.role = 'main_energy'
group by d.time, s.code, m.code, d.carrier, d.class, s.currency;
comment on view api.cost_class_daily is 'Energy and cost of each machine by day of plant time and class of time of use';
comment on column api.cost_class_daily.time is 'Start of the local day';
comment on column api.cost_class_daily.site is 'Site';
comment on column api.cost_class_daily.machine is 'Machine';
comment on column api.cost_class_daily.carrier is 'Energy carrier';
comment on column api.cost_class_daily.class is 'Class of time of use; NULL: no tariff holds';
comment on column api.cost_class_daily.currency is 'Currency of the site';
comment on column api.cost_class_daily.energy_kwh is 'Known energy, kWh';
comment on column api.cost_class_daily.cost is 'What it costs; NULL where no tariff holds';

-- What a site used, each kWh once: the sum of its top meters, never a sum over levels. A meter counts
-- where it is the main meter of a machine or one of the site itself, and no check meter, which is a second
-- look at what others count already. A top meter is one that counts with none above it that does.
create view api.site_energy_daily as
with recursive meter as (
    select sensor_id, parent_id,
        quantity = 'energy' and role <> 'check_energy' and (machine_id is null or role = 'main_energy') as counts
    from plant.sensor
),
above as (
    -- from each meter that counts, upward past those that do not
    select m.sensor_id, m.parent_id from meter as m where m.counts
    union
    select a.sensor_id, p.parent_id
    from above as a
    join meter as p on p.sensor_id = a.parent_id
    where not p.counts
)
select
    d.time,
    d.site,
    s.carrier,
    count(*) as meters,
    sum(d.energy_kwh) as energy_kwh,
    sum(d.measured_s) as measured_s,
    sum(d.known_s) as known_s
from analytics.meter_period as d
join plant.sensor as s using (sensor_id)
where d.unit = 'day' and d.sensor_id in (select a.sensor_id from above as a where a.parent_id is null)
group by d.time, d.site, s.carrier;
comment on view api.site_energy_daily is 'Energy of each site and carrier by local day, from its top meters: no kWh is counted twice';
comment on column api.site_energy_daily.time is 'Start of the local day';
comment on column api.site_energy_daily.site is 'Site';
comment on column api.site_energy_daily.carrier is 'Energy carrier, such as electricity or gas';
comment on column api.site_energy_daily.meters is 'Top meters that the sum is made of: main meters of machines and meters of the site, none with another such meter above it; no check meters';
comment on column api.site_energy_daily.energy_kwh is 'Energy, kWh; NULL where nothing is known';
comment on column api.site_energy_daily.measured_s is 'Seconds really measured, of all these meters together';
comment on column api.site_energy_daily.known_s is 'Seconds whose energy is known, of all these meters together';

-- What a site used, each kWh once: the sum of its top meters, never a sum over levels. A top meter has
-- no meter above it; a check meter is a second look at what a main meter counts already.
create view api.site_energy_daily as
select
    d.time,
    d.site,
    s.carrier,
    count(*) as meters,
    sum(d.energy_kwh) as energy_kwh,
    sum(d.measured_s) as measured_s,
    sum(d.known_s) as known_s
from api.energy_daily as d
join plant.sensor as s on s.code = d.sensor
where s.parent_id is null and s.role <> 'check_energy' and (s.machine_id is null or s.role = 'main_energy')
group by d.time, d.site, s.carrier;
comment on view api.site_energy_daily is 'Energy of each site and carrier by local day, from its top meters: no kWh is counted twice';
comment on column api.site_energy_daily.time is 'Start of the local day';
comment on column api.site_energy_daily.site is 'Site';
comment on column api.site_energy_daily.carrier is 'Energy carrier, such as electricity or gas';
comment on column api.site_energy_daily.meters is 'Top meters that the sum is made of: those without a parent, and no check meters';
comment on column api.site_energy_daily.energy_kwh is 'Energy, kWh; NULL where nothing is known';
comment on column api.site_energy_daily.measured_s is 'Seconds really measured, of all these meters together';
comment on column api.site_energy_daily.known_s is 'Seconds whose energy is known, of all these meters together';

create view api.energy_monthly as
select
    date_trunc('month', d.time, s.time_zone) as time,
    d.site,
    d.machine,
    d.sensor,
    d.role,
    sum(d.energy_kwh) as energy_kwh,
    sum(d.lot_kwh) as lot_kwh,
    sum(d.idle_kwh) as idle_kwh,
    sum(d.unattributed_kwh) as unattributed_kwh,
    sum(d.measured_s) as measured_s,
    sum(d.known_s) as known_s
from api.energy_daily as d
join plant.site as s on s.code = d.site
group by date_trunc('month', d.time, s.time_zone), d.site, d.machine, d.sensor, d.role;
comment on view api.energy_monthly is 'Energy of each meter by month of the site''s own time zone';
comment on column api.energy_monthly.time is 'Start of the local month';
comment on column api.energy_monthly.site is 'Site';
comment on column api.energy_monthly.machine is 'Machine; NULL for a meter of the site';
comment on column api.energy_monthly.sensor is 'Meter';
comment on column api.energy_monthly.role is 'Role of the meter';
comment on column api.energy_monthly.energy_kwh is 'Energy, kWh; NULL where nothing is known';
comment on column api.energy_monthly.lot_kwh is 'Of it, in lots';
comment on column api.energy_monthly.idle_kwh is 'Of it, idle';
comment on column api.energy_monthly.unattributed_kwh is 'Of it, all else';
comment on column api.energy_monthly.measured_s is 'Seconds really measured';
comment on column api.energy_monthly.known_s is 'Seconds whose energy is known';

create view api.energy_monthly as
select
    d.time,
    d.site,
    m.code as machine,
    s.code as sensor,
    s.role::text as role,
    d.energy_kwh,
    d.lot_kwh,
    d.idle_kwh,
    d.unattributed_kwh,
    d.measured_s,
    d.known_s
from analytics.meter_period as d
join plant.sensor as s using (sensor_id)
left join plant.machine as m using (machine_id)
where d.unit = 'month';
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

create view api.energy_daily as
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
where d.unit = 'day';
comment on view api.energy_daily is 'Energy of each meter by day of the site''s own time zone (23 or 25 hours at a change of clocks)';
comment on column api.energy_daily.time is 'Start of the local day';
comment on column api.energy_daily.site is 'Site';
comment on column api.energy_daily.machine is 'Machine; NULL for a meter of the site';
comment on column api.energy_daily.sensor is 'Meter';
comment on column api.energy_daily.role is 'Role of the meter';
comment on column api.energy_daily.energy_kwh is 'Energy, kWh; NULL where nothing is known';
comment on column api.energy_daily.lot_kwh is 'Of it, in lots';
comment on column api.energy_daily.idle_kwh is 'Of it, idle: between two runs or inside a shift';
comment on column api.energy_daily.unattributed_kwh is 'Of it, all else';
comment on column api.energy_daily.measured_s is 'Seconds really measured';
comment on column api.energy_daily.known_s is 'Seconds whose energy is known';

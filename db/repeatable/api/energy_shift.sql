create view api.energy_shift as
select
    lower(h.during) as time,
    upper(h.during) as finished_at,
    si.code as site,
    h.name as shift,
    m.code as machine,
    s.code as sensor,
    sum(x.amount) as energy_kwh,
    sum(x.amount) filter (where x.state = 'l') as lot_kwh,
    sum(x.amount) filter (where x.state = 'i') as idle_kwh,
    sum(x.measured_s) as measured_s
from plant.shift as h
join plant.site as si using (site_id)
join plant.sensor as s using (site_id)
join telemetry.slice as x on x.sensor_id = s.sensor_id and x.time >= lower(h.during) and x.time < upper(h.during)
left join plant.machine as m on m.machine_id = s.machine_id
where s.quantity = 'energy'
group by h.shift_id, si.code, m.code, s.code;
comment on view api.energy_shift is 'Energy of each meter by shift of the shift calendar';
comment on column api.energy_shift.time is 'Start of the shift';
comment on column api.energy_shift.finished_at is 'End of the shift';
comment on column api.energy_shift.site is 'Site';
comment on column api.energy_shift.shift is 'Name of the shift';
comment on column api.energy_shift.machine is 'Machine; NULL for a meter of the site';
comment on column api.energy_shift.sensor is 'Meter';
comment on column api.energy_shift.energy_kwh is 'Energy, kWh; NULL where nothing is known';
comment on column api.energy_shift.lot_kwh is 'Of it, in lots';
comment on column api.energy_shift.idle_kwh is 'Of it, idle';
comment on column api.energy_shift.measured_s is 'Seconds really measured';

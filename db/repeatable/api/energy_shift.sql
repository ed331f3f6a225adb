-- A shift of whole hours is added up from the hourly aggregate, another one from quarter-hours. Each reads its own rows.
create view api.energy_shift as
select
    lower(h.during) as time,
    upper(h.during) as finished_at,
    si.code as site,
    h.name as shift,
    m.code as machine,
    s.code as sensor,
    x.energy_kwh,
    x.lot_kwh,
    x.idle_kwh,
    x.measured_s
from plant.shift as h
join plant.site as si using (site_id)
join plant.sensor as s using (site_id)
left join plant.machine as m on m.machine_id = s.machine_id
cross join lateral (
    select date_bin('1 hour', lower(h.during), 'epoch') = lower(h.during)
        and date_bin('1 hour', upper(h.during), 'epoch') = upper(h.during) as is_whole_hour
) as w
cross join lateral (
    select
        sum(p.amount) as energy_kwh,
        sum(p.amount) filter (where p.state = 'l') as lot_kwh,
        sum(p.amount) filter (where p.state = 'i') as idle_kwh,
        sum(p.measured_s) as measured_s
    from (
        select e.state, e.amount, e.measured_s from telemetry.sensor_hourly as e
        where w.is_whole_hour and e.sensor_id = s.sensor_id and e.bucket >= lower(h.during) and e.bucket < upper(h.during)
        union all
        select q.state, q.amount, q.measured_s from telemetry.slice as q
        where not w.is_whole_hour and q.sensor_id = s.sensor_id and q.time >= lower(h.during) and q.time < upper(h.during)
    ) as p
    having count(*) > 0
) as x
where s.quantity = 'energy';
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

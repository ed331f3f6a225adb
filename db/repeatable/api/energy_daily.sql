-- Days in the site's own time zone. Where its hours are whole hours of UTC the hourly aggregate is
-- exact; elsewhere (India, Nepal) a local midnight lies inside an hour, and the quarter-hours are added up.
create view api.energy_daily as
with part as (
    select z.code as site, s.sensor_id, date_trunc('day', h.bucket, z.time_zone) as time, h.state,
        h.amount, h.measured_s, h.known_s
    from telemetry.sensor_hourly as h
    join plant.sensor as s using (sensor_id)
    join plant.site_zone as z using (site_id)
    where z.is_whole_hour and s.quantity = 'energy'
    union all
    select z.code, s.sensor_id, date_trunc('day', x.time, z.time_zone), x.state, x.amount, x.measured_s, x.known_s
    from telemetry.slice as x
    join plant.sensor as s using (sensor_id)
    join plant.site_zone as z using (site_id)
    where not z.is_whole_hour and s.quantity = 'energy'
)
select
    p.time,
    p.site,
    m.code as machine,
    s.code as sensor,
    s.role::text as role,
    sum(p.amount) as energy_kwh,
    sum(p.amount) filter (where p.state = 'l') as lot_kwh,
    sum(p.amount) filter (where p.state = 'i') as idle_kwh,
    sum(p.amount) filter (where p.state = 'u') as unattributed_kwh,
    sum(p.measured_s) as measured_s,
    sum(p.known_s) as known_s
from part as p
join plant.sensor as s using (sensor_id)
left join plant.machine as m using (machine_id)
group by p.time, p.site, s.sensor_id, m.code;
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

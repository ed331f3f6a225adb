-- Each energy meter by day and by month of plant time. Where hours of plant time are whole hours of UTC the hourly
-- aggregate is exact; elsewhere (India, Nepal) a local midnight lies inside an hour, and the quarter-hours are added up.
-- Periods are laid out first, and each reads its own rows: a filter on unit, time or meter reaches the index.
create or replace view analytics.meter_period as
select
    u.unit,
    s.sensor_id,
    s.site_id,
    z.code as site,
    d.time,
    x.energy_kwh,
    x.lot_kwh,
    x.idle_kwh,
    x.unattributed_kwh,
    x.measured_s,
    x.known_s
from plant.sensor as s
join plant.site_zone as z using (site_id)
cross join (values ('day', interval '1 day'), ('month', interval '1 month')) as u (unit, length)
cross join lateral (
    select t.time from telemetry.slice as t where t.sensor_id = s.sensor_id order by t.time limit 1
) as f
cross join lateral (
    select t.time from telemetry.slice as t where t.sensor_id = s.sensor_id order by t.time desc limit 1
) as l
cross join lateral (
    select g.start at time zone z.time_zone as time, (g.start + u.length) at time zone z.time_zone as finished_at
    from generate_series(
        date_trunc(u.unit, f.time at time zone z.time_zone), l.time at time zone z.time_zone, u.length
    ) as g (start)
) as d
cross join lateral (
    select
        sum(p.amount) as energy_kwh,
        sum(p.amount) filter (where p.state = 'l') as lot_kwh,
        sum(p.amount) filter (where p.state = 'i') as idle_kwh,
        sum(p.amount) filter (where p.state = 'u') as unattributed_kwh,
        sum(p.measured_s) as measured_s,
        sum(p.known_s) as known_s
    from (
        select h.state, h.amount, h.measured_s, h.known_s from telemetry.sensor_hourly as h
        where z.is_whole_hour and h.sensor_id = s.sensor_id and h.bucket >= d.time and h.bucket < d.finished_at
        union all
        select q.state, q.amount, q.measured_s, q.known_s from telemetry.slice as q
        where not z.is_whole_hour and q.sensor_id = s.sensor_id and q.time >= d.time and q.time < d.finished_at
    ) as p
    having count(*) > 0
) as x
where s.quantity = 'energy';
comment on view analytics.meter_period is 'Energy of each meter by day and by month (unit) of plant time, in all and by state';

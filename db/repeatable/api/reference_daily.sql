-- Local days as in api.energy_daily: from hours of UTC, or from quarter-hours where a midnight lies inside one.
create view api.reference_daily as
with place as (
    select m.machine_id, m.code as machine, z.code as site, z.time_zone, z.is_whole_hour
    from plant.machine as m
    join plant.line as l using (line_id)
    join plant.site_zone as z using (site_id)
),
part as (
    select p.site, p.machine, e.reference_id, date_trunc('day', e.bucket, p.time_zone) as time, e.energy_kwh, e.measured_s
    from telemetry.energy_reference_hourly as e
    join place as p using (machine_id)
    where p.is_whole_hour
    union all
    select p.site, p.machine, x.reference_id, date_trunc('day', x.time, p.time_zone), x.amount, x.measured_s
    from telemetry.slice as x
    join place as p using (machine_id)
    where not p.is_whole_hour and x.state = 'l' and x.role = 'main_energy'
)
select
    p.time,
    p.site,
    f.code as reference,
    p.machine,
    sum(p.energy_kwh) as energy_kwh,
    sum(p.measured_s) as measured_s
from part as p
left join plant.reference as f using (reference_id)
group by p.time, p.site, f.code, p.machine;
comment on view api.reference_daily is 'Energy of each reference and machine by day of the site''s own time zone (23 or 25 hours at a change of clocks)';
comment on column api.reference_daily.time is 'Start of the local day';
comment on column api.reference_daily.site is 'Site';
comment on column api.reference_daily.reference is 'Product; NULL where the lot has none';
comment on column api.reference_daily.machine is 'Machine';
comment on column api.reference_daily.energy_kwh is 'Energy in lots of the reference, kWh';
comment on column api.reference_daily.measured_s is 'Seconds really measured';

create view api.reference_daily as
select
    date_trunc('day', e.bucket, si.time_zone) as time,
    si.code as site,
    f.code as reference,
    m.code as machine,
    sum(e.energy_kwh) as energy_kwh,
    sum(e.measured_s) as measured_s
from telemetry.energy_reference_hourly as e
join plant.machine as m using (machine_id)
join plant.line as l using (line_id)
join plant.site as si using (site_id)
left join plant.reference as f using (reference_id)
group by date_trunc('day', e.bucket, si.time_zone), si.code, f.code, m.code;
comment on view api.reference_daily is 'Energy of each reference and machine by day of the site''s own time zone, from hours of UTC';
comment on column api.reference_daily.time is 'Start of the local day';
comment on column api.reference_daily.site is 'Site';
comment on column api.reference_daily.reference is 'Product; NULL where the lot has none';
comment on column api.reference_daily.machine is 'Machine';
comment on column api.reference_daily.energy_kwh is 'Energy in lots of the reference, kWh';
comment on column api.reference_daily.measured_s is 'Seconds really measured';

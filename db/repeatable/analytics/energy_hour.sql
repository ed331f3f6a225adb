-- Hours of plant time. Where they are whole hours of UTC the hourly aggregate has them; elsewhere (India, Nepal) the
-- quarter-hours are added up.
create or replace view analytics.energy_hour as
with meter as (
    select p.*, z.time_zone, z.is_whole_hour, f.since
    from analytics.place_meter as p
    join plant.site_zone as z using (site_id)
    left join lateral (
        select x.time as since from telemetry.slice as x where x.sensor_id = p.sensor_id order by x.time limit 1
    ) as f on true
),
place as (
    -- a meter should measure from its first reading on
    select level, place, carrier,
        coalesce(array_agg(since order by since) filter (where is_enabled and since is not null), '{}') as since
    from meter
    group by level, place, carrier
),
part as (
    -- by meter and hour at once: so a filter on either reaches the index of what it is about
    select m.level, m.place, m.carrier, m.site_id, m.time_zone, m.is_enabled, h.time, h.amount, h.measured_s
    from meter as m
    cross join lateral (
        select x.bucket as time, sum(x.amount) as amount, sum(x.measured_s) as measured_s
        from telemetry.sensor_hourly as x
        where x.sensor_id = m.sensor_id and m.is_whole_hour
        group by x.bucket
    ) as h
    union all
    select m.level, m.place, m.carrier, m.site_id, m.time_zone, m.is_enabled, q.time, q.amount, q.measured_s
    from meter as m
    cross join lateral (
        select date_trunc('hour', x.time, m.time_zone) as time, sum(x.amount) as amount, sum(x.measured_s) as measured_s
        from telemetry.slice as x
        where x.sensor_id = m.sensor_id and not m.is_whole_hour
        group by date_trunc('hour', x.time, m.time_zone)
    ) as q
),
summed as (
    select level, place, carrier, site_id, time_zone, time, sum(amount) as energy_kwh, sum(measured_s) as measured_s,
        count(*) filter (where not is_enabled) as disabled_meters
    from part
    group by level, place, carrier, site_id, time_zone, time
)
select
    s.level,
    s.place,
    s.carrier,
    s.site_id,
    s.time_zone,
    s.time,
    s.energy_kwh,
    x.meters,
    least(s.measured_s / (3600 * nullif(x.meters, 0)), 1) as coverage
from summed as s
join place as p using (level, place, carrier)
cross join lateral (
    select width_bucket(s.time + interval '45 minutes', p.since) + s.disabled_meters as meters
) as x;
comment on view analytics.energy_hour is 'Energy of each place by hour of plant time, with its site and time zone';

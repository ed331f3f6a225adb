-- Months of plant time for which a site has a tariff and energy, laid out first: a filter on one reaches its slices.
create or replace view analytics.tariff_month as
select
    z.site_id,
    z.code as site,
    z.currency,
    p.carrier,
    t.tariff_id,
    t.code as tariff,
    g.start at time zone z.time_zone as time,
    d.first_day::timestamp at time zone z.time_zone as from_time,
    d.last_day::timestamp at time zone z.time_zone as to_time,
    (d.last_day - d.first_day)::float8 / (g.end_day - g.start::date) as share_of_month,
    p.sensor_ids,
    p.since
from (
    select m.site_id, m.carrier, array_agg(m.sensor_id) as sensor_ids,
        array_agg(f.time order by f.time) filter (where m.is_enabled) as since, min(f.time) as first_at
    from analytics.place_meter as m
    cross join lateral (
        select x.time from telemetry.slice as x where x.sensor_id = m.sensor_id order by x.time limit 1
    ) as f
    where m.level = 'site'
    group by m.site_id, m.carrier
) as p
join plant.site as z using (site_id)
cross join lateral (
    select x.start, (x.start + interval '1 month')::date as end_day
    from generate_series(
        date_trunc('month', p.first_at at time zone z.time_zone), now() at time zone z.time_zone, interval '1 month'
    ) as x (start)
) as g
join plant.tariff as t
    on t.site_id = z.site_id and t.carrier = p.carrier and t.valid && daterange(g.start::date, g.end_day)
cross join lateral (
    select greatest(lower(t.valid), g.start::date) as first_day, least(upper(t.valid), g.end_day) as last_day
) as d;
comment on view analytics.tariff_month is 'Months of plant time of a site and carrier under one tariff, with the top meters they are measured by';

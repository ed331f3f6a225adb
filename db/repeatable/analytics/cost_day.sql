-- Days are laid out first, and each reads its own slices: a filter on time or meter reaches the index.
create or replace view analytics.cost_day as
select
    s.sensor_id,
    s.site_id,
    s.machine_id,
    s.role,
    s.carrier,
    d.day,
    d.time,
    c.state,
    c.class,
    c.energy_kwh,
    c.cost,
    c.co2_kg,
    c.unpriced_kwh,
    c.without_factor_kwh
from plant.sensor as s
join plant.site as z using (site_id)
cross join lateral (
    select x.time from telemetry.slice as x where x.sensor_id = s.sensor_id order by x.time limit 1
) as f
cross join lateral (
    select x.time from telemetry.slice as x where x.sensor_id = s.sensor_id order by x.time desc limit 1
) as l
cross join lateral (
    select g.start::date as day, g.start at time zone z.time_zone as time,
        (g.start + interval '1 day') at time zone z.time_zone as finished_at
    from generate_series(
        date_trunc('day', f.time at time zone z.time_zone), l.time at time zone z.time_zone, interval '1 day'
    ) as g (start)
) as d
cross join lateral (
    select
        x.state,
        x.class,
        sum(x.energy_kwh) as energy_kwh,
        sum(x.cost) as cost,
        sum(x.co2_kg) as co2_kg,
        sum(x.energy_kwh) filter (where x.cost is null) as unpriced_kwh,
        sum(x.energy_kwh) filter (where x.co2_kg is null) as without_factor_kwh
    from analytics.slice_cost as x
    where x.sensor_id = s.sensor_id and x.time >= d.time and x.time < d.finished_at
    group by x.state, x.class
) as c
where s.quantity = 'energy';
comment on view analytics.cost_day is
'Energy, cost and CO2 of each meter by day of plant time, state and tariff class; what has no price or no factor is counted beside';

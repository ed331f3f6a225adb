-- What each slice of an energy meter costs and how much CO2 it stands for: the tariff and the factor of its day, and of
-- the tariff the class of its quarter-hour by the clock of the plant. Where a tariff knows holidays, a year of which
-- none is known has no price at all: it would be that of a working day.
create or replace view analytics.slice_cost as
select
    x.time,
    x.sensor_id,
    s.site_id,
    x.machine_id,
    x.run_id,
    x.lot_id,
    x.state,
    s.carrier,
    l.day,
    x.amount as energy_kwh,
    x.measured_s,
    x.known_s,
    t.tariff_id,
    q.class,
    p.price_per_kwh,
    x.amount * p.price_per_kwh::float8 as cost,
    x.amount * f.kg_per_kwh::float8 as co2_kg
from telemetry.slice as x
join plant.sensor as s using (sensor_id)
join plant.site as z on z.site_id = s.site_id
cross join lateral (
    select (x.time at time zone z.time_zone)::date as day,
        date_part('epoch', (x.time at time zone z.time_zone)::time)::int / 900 + 1 as quarter
    offset 0
) as l
left join plant.tariff as t on t.site_id = s.site_id and t.carrier = s.carrier and t.valid @> l.day
-- lateral: a look-up in the key, whatever the planner thinks of how many there are
left join lateral (
    select d.classes[l.quarter] as class
    from plant.tariff_day as d
    where d.tariff_id = t.tariff_id and d.month = date_part('month', l.day)::smallint
        and d.day_type = case
            when not t.has_holidays then date_part('isodow', l.day)::smallint
            when exists (select from analytics.holiday as h where h.site_id = s.site_id and h.day = l.day) then 0::smallint
            when exists (
                select from analytics.holiday as h
                where h.site_id = s.site_id and h.day >= date_trunc('year', l.day) and h.day < date_trunc('year', l.day) + interval '1 year'
            ) then date_part('isodow', l.day)::smallint
        end
    offset 0
) as q on true
left join plant.tariff_price as p on p.tariff_id = t.tariff_id and p.class = q.class
left join plant.emission_factor as f on f.site_id = s.site_id and f.carrier = s.carrier and f.valid @> l.day
where s.quantity = 'energy';
comment on view analytics.slice_cost is 'Energy, cost and CO2 of each slice of an energy meter; NULL where its quarter-hour has no tariff or no factor';

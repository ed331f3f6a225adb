-- Days of plant time. Coverage of a day counts the hours that it has: 23 to 25.
create or replace view analytics.energy_day as
select
    e.level,
    e.place,
    e.carrier,
    e.site_id,
    l.day,
    case
        when extract(isodow from l.day) = 7 then 'off'
        when exists (select from analytics.holiday as h where h.site_id = e.site_id and h.day = l.day) then 'off'
        when extract(isodow from l.day) = 6 then 'saturday'
        else 'work'
    end as kind,
    sum(e.energy_kwh) as energy_kwh,
    sum(e.coverage) / (
        extract(epoch from (l.day + 1)::timestamp at time zone e.time_zone - l.day::timestamp at time zone e.time_zone) / 3600
    ) as coverage
from analytics.energy_hour as e
cross join lateral (select (e.time at time zone e.time_zone)::date as day) as l
group by e.level, e.place, e.carrier, e.site_id, e.time_zone, l.day;
comment on view analytics.energy_day is 'Energy of each place by day of plant time, with its kind and how much of it was measured';

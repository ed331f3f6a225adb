-- The days of plant time on which a lot ran, at each of its machines, lines and sites.
create or replace view analytics.lot_day as
with run as (
    select r.lot_id, m.code as machine, l.code as line, s.code as site, s.time_zone,
        lower(r.during) as started_at, least(coalesce(upper(r.during), now()), now()) as finished_at
    from plant.lot_run as r
    join plant.machine as m using (machine_id)
    join plant.line as l using (line_id)
    join plant.site as s using (site_id)
    where lower(r.during) < now()
),
part as (
    select p.level, p.place, r.lot_id, g.day::date as day,
        extract(epoch from least(r.finished_at, d.finished_at) - greatest(r.started_at, d.started_at)) as run_s
    from run as r
    cross join lateral (values ('machine', r.machine), ('line', r.line), ('site', r.site)) as p (level, place)
    cross join lateral generate_series(
        (r.started_at at time zone r.time_zone)::date, (r.finished_at at time zone r.time_zone)::date, interval '1 day'
    ) as g (day)
    cross join lateral (
        select g.day::timestamp at time zone r.time_zone as started_at,
            (g.day::timestamp + interval '1 day') at time zone r.time_zone as finished_at
    ) as d
    where least(r.finished_at, d.finished_at) > greatest(r.started_at, d.started_at)
)
select level, place, lot_id, day, sum(run_s) as run_s,
    sum(run_s) / sum(sum(run_s)) over (partition by level, place, lot_id) as share
from part
group by level, place, lot_id, day;
comment on view analytics.lot_day is 'Seconds that a lot ran in a place by day of plant time, and their share of all its time there';

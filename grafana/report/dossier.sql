-- What the dossier of a lot asks. Named statements; see db/statements.py.

-- name: lot
select l.* from api.lot as l where l.number = %(number)s::text;

-- name: reference
select r.* from api.reference as r
where r.reference = (select l.reference from api.lot as l where l.number = %(number)s::text);

-- name: runs
select
    r.run, r.machine, r.operator, r.source, r.started_at, r.finished_at, r.duration_s, r.energy_kwh, r.energy_coverage,
    r.temperature_c_mean, count(*) over () as found
from api.run as r
where r.lot = %(number)s::text
order by r.started_at
limit 10;

-- name: expectation
select e.* from api.lot_expectation as e where e.lot = %(number)s::text;

-- name: cost
select c.* from api.lot_cost as c where c.number = %(number)s::text;

-- name: running
select r.* from api.running_lot as r where r.lot = %(number)s::text;

-- name: bridge
select b.* from api.lot_bridge as b where b.lot = %(number)s::text;

-- name: golden
select g.* from api.lot_golden as g where g.lot = %(number)s::text order by g.measure;

-- name: control
select c.* from api.control_chart as c where c.lot = %(number)s::text order by c.figure;

-- name: profile
select
    p.time, p.temperature_c, p.golden_temperature_c, p.golden_temperature_c_low, p.golden_temperature_c_high,
    p.power_kw, p.golden_power_kw, p.golden_power_kw_low, p.golden_power_kw_high
from api.lot_beside_golden(%(number)s::text) as p
order by p.time;

-- name: peers
-- Lots of its reference that were measured well enough, the last 200, and where this one stands among all of them.
select
    c.lot, c.finished_at, c.value, c.lot = %(number)s::text as is_this,
    count(*) over () as found,
    count(*) filter (where c.value < x.value) over () as lower
from api.control_chart as c
inner join api.control_chart as x on c.reference = x.reference and c.figure = x.figure
where x.lot = %(number)s::text and x.figure = 'energy_kwh_per_unit' and c.value is not null and x.value is not null
order by c.finished_at desc
limit 200;

-- name: drivers
select d.driver, d.value, d.statistic, d.coverage, count(*) over () as found
from api.lot_driver as d
where d.lot = %(number)s::text
order by d.driver
limit 8;

-- name: anomalies
-- Episodes at its machines while it ran.
select e.anomaly, e.sensor, e.kind, e.severity, e.opened_at, e.closed_at, e.actual, e.expected, e.measured_in, e.energy_kwh,
    e.verdict, count(*) over () as found
from api.episode as e
where exists (
    select from api.run as r
    where r.lot = %(number)s::text and r.machine = e.machine
        and e.opened_at <= coalesce(r.finished_at, now()) and coalesce(e.closed_at, e.last_at) >= r.started_at
)
order by e.opened_at
limit 8;

-- name: changes
select c.time, c.figure, c.old_value, c.new_value, c.cause, count(*) over () as found
from api.lot_change as c
where c.lot = %(number)s::text
order by c.time desc
limit 8;

-- name: conflicts
select c.conflict, c.time, c.machine, c.detail, count(*) over () as found
from api.conflict as c
where c.lot = %(number)s::text
order by c.time
limit 4;

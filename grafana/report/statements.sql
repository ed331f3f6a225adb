-- What the report asks besides the statements of the boards. Named statements; see db/statements.py.

-- name: snapshot
-- Everything on a page is of one moment.
set transaction isolation level repeatable read read only;

-- name: limits
-- The database ends a statement that takes longer than this.
select set_config('statement_timeout', %(statement_timeout)s::text, true);

-- name: may_become_reader
select coalesce(
    (select pg_has_role(current_user, r.oid, 'member') from pg_roles as r where r.rolname = 'lotwatt_reader'), false
);

-- name: become_reader
set local role lotwatt_reader;

-- name: time_zone
-- Of the plant: that in which most machines stand.
select m.time_zone from api.machine as m
group by m.time_zone
order by count(*) desc, m.time_zone
limit 1;

-- name: lot_range
-- A lot from its start to its end, or to now.
select l.started_at, coalesce(l.finished_at, now()) from api.lot as l
where l.number = %(number)s::text and l.started_at is not null;

-- name: lot_profile
-- Phases of a lot, each at its middle in percent, with the golden profile of its reference where there is one.
select
    p.phase, (p.phase - 0.5) * 100 / %(phases)s::int as percent, p.temperature_c, p.power_kw,
    t.median as temperature_golden, t.low as temperature_low, t.high as temperature_high,
    w.median as power_golden, w.low as power_low, w.high as power_high
from api.lot_profile(%(number)s::text, %(phases)s::int) as p
left join api.lot as l on l.number = %(number)s::text
left join
    api.golden_profile as t on l.reference = t.reference and t.is_newest and t.measure = 'temperature_c' and p.phase = t.phase
left join api.golden_profile as w on l.reference = w.reference and w.is_newest and w.measure = 'power_kw' and p.phase = w.phase
order by p.phase;

-- name: lot_anomalies
-- Episodes at the machines of the lot while it ran.
select distinct
    a.sensor, a.detector, a.started_at, a.finished_at, a.expected, a.actual, a.excess_kwh, a.severity, a.state
from api.anomaly as a
inner join api.run as r on a.machine = r.machine
where
    r.lot = %(number)s::text
    and a.started_at <= coalesce(r.finished_at, now()) and coalesce(a.finished_at, now()) >= r.started_at
order by a.started_at;

-- name: lot_reference
select r.* from api.reference as r
inner join api.lot as l using (reference)
where l.number = %(number)s::text;

-- name: lot_peers
-- Finished lots of the same reference, and where this one stands among them.
select l.number, l.energy_kwh_per_unit, l.energy_kwh, l.duration_s, l.temperature_c_mean
from api.lot as l
where
    l.reference = (select x.reference from api.lot as x where x.number = %(number)s::text)
    and l.finished_at is not null
order by l.finished_at;

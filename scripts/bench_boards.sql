-- What scripts/bench_boards.py asks. Named statements; see db/statements.py.

-- name: create_database
create database {}

-- name: drop_database
drop database if exists {} with (force)

-- name: session
-- a table that is lost at a crash is made again
set synchronous_commit = off;
set work_mem = '128MB';
set timezone = 'UTC';
set jit = off;
select _timescaledb_functions.stop_background_workers();
select setseed(0.5);

-- name: start_workers
select _timescaledb_functions.start_background_workers()

-- name: server
select 'PostgreSQL ' || current_setting('server_version') || ', TimescaleDB ' || extversion
from pg_extension where extname = 'timescaledb'

-- name: plant
with site as (
    insert into plant.site (code, name, time_zone, currency, holiday_calendar)
    values ('MAD', 'Madrid', 'Europe/Madrid', 'EUR', 'ES-MD') returning site_id
),

line as (
    insert into plant.line (site_id, code, name)
    select s.site_id, 'L' || i, 'Line ' || i from site as s cross join generate_series(1, 5) as i order by i
    returning line_id, code
)

insert into plant.machine (line_id, code, name, topic)
select l.line_id, 'M' || lpad(i::text, 2, '0'), 'Machine ' || i, 'plant/' || l.code || '/M' || lpad(i::text, 2, '0')
from generate_series(1, 20) as i
join line as l on l.code = 'L' || (1 + (i - 1) / 4)
order by i;

-- name: references
with operator as (
    insert into plant.operator (code, name) select 'op' || i, 'Operator ' || i from generate_series(1, 12) as i
)

insert into plant.reference (code, name, unit, family, planned_cycle, temperature_minimum_c, temperature_maximum_c)
select 'R' || lpad(i::text, 2, '0'), 'Product ' || i, 'piece', 'F' || (1 + i %% 6), interval '9 hours', 165 + i %% 20, 195 + i %% 20
from generate_series(1, 60) as i;

-- name: meters
-- 100 sensors in all: the meter of the site above those of its lines, and these above those of their machines
with site as (
    select site_id from plant.site
),

grid as (
    insert into plant.sensor (code, topic, site_id, kind, quantity, carrier, unit, max_gap)
    select c.code, 'plant/' || c.code, s.site_id, c.kind::plant.sensor_kind, c.quantity, c.carrier, c.unit, interval '5 minutes'
    from site as s
    cross join (values
        ('GRID.energy', 'counter', 'energy', 'electricity', 'kWh'),
        ('GAS.energy', 'counter', 'energy', 'gas', 'kWh'),
        ('OUTSIDE.temperature', 'gauge', 'temperature', 'electricity', 'C')
    ) as c (code, kind, quantity, carrier, unit)
    returning sensor_id, code
),

line as (
    insert into plant.sensor (code, topic, site_id, kind, quantity, unit, max_gap, parent_id)
    select l.code || '.energy', 'plant/' || l.code || '/energy', l.site_id, 'counter', 'energy', 'kWh', interval '5 minutes', g.sensor_id
    from plant.line as l
    join grid as g on g.code = 'GRID.energy'
    returning sensor_id, code
),

machine as (
    insert into plant.sensor (code, topic, site_id, machine_id, kind, role, quantity, unit, max_gap, parent_id)
    select m.code || '.' || k.name, m.topic || '/' || k.name, s.site_id, m.machine_id, k.kind::plant.sensor_kind,
        k.role::plant.sensor_role, k.quantity, k.unit, interval '5 minutes', p.sensor_id
    from plant.machine as m
    join plant.line as l using (line_id)
    cross join site as s
    cross join (values
        ('energy', 'counter', 'main_energy', 'energy', 'kWh', 20),
        ('power', 'power', 'check_energy', 'energy', 'kW', 20),
        ('temperature', 'gauge', 'process_temperature', 'temperature', 'C', 20),
        ('pieces', 'counter', 'output', 'pieces', 'piece', 20),
        ('pressure', 'gauge', 'other', 'pressure', 'bar', 12)
    ) as k (name, kind, role, quantity, unit, machines)
    left join line as p on p.code = l.code || '.energy' and k.name = 'energy'
    where m.machine_id <= k.machines
    returning sensor_id
)

insert into plant.driver (code, sensor_id, statistic)
select 'outside_c', g.sensor_id, 'mean' from grid as g where g.code = 'OUTSIDE.temperature';

-- name: lots
-- one after the other on each machine, with time between, and none that begins on a Sunday
create table ops.bench_lot as
select
    row_number() over (order by t.started_at, m.machine_id)::int as lot_no,
    m.machine_id,
    t.k,
    t.started_at,
    t.started_at + make_interval(mins => (t.period * (0.55 + 0.35 * h.part))::int) as finished_at,
    1 + (abs(hashint4(t.k * 31 + m.machine_id * 7)) %% 60) as reference_no,
    (20 + 2 * m.machine_id) * (0.6 + (abs(hashint4(t.k * 31 + m.machine_id * 7)) %% 60) / 60.0) * (0.9 + 0.2 * h.part) as kw
from plant.machine as m
cross join generate_series(0, ceil(extract(epoch from %(to)s::timestamptz - %(from)s::timestamptz) / 60 / 780)::int) as g (k)
cross join lateral (
    select g.k, 780 + 20 * (m.machine_id %% 5) as period,
        date_bin('1 day', %(from)s::timestamptz, 'epoch')
        + make_interval(mins => m.machine_id * 37 + g.k * (780 + 20 * (m.machine_id %% 5))) as started_at
) as t
cross join lateral (select (abs(hashint4(g.k * 1009 + m.machine_id * 9173)) %% 1000) / 1000.0 as part) as h
where t.started_at >= %(from)s::timestamptz and t.started_at < %(to)s::timestamptz
    and extract(isodow from t.started_at at time zone 'Europe/Madrid') < 7;

alter table ops.bench_lot add primary key (machine_id, k);

insert into plant.lot (number, reference_id, reference_source, planned_quantity, good_quantity, scrap_quantity, good_quantity_source, scrap_quantity_source)
select
    'L' || lpad(b.lot_no::text, 6, '0'), f.reference_id, 'declared', 600,
    case when b.finished_at < %(to)s::timestamptz then 500 + b.lot_no %% 97 end,
    case when b.finished_at < %(to)s::timestamptz then b.lot_no %% 11 end, 'declared', 'declared'
from ops.bench_lot as b
join plant.reference as f on f.code = 'R' || lpad(b.reference_no::text, 2, '0')
order by b.lot_no;

insert into plant.run_assertion (machine_id, lot_id, operator_id, during, source)
select b.machine_id, t.lot_id, o.operator_id,
    tstzrange(b.started_at, case when b.finished_at < %(to)s::timestamptz then b.finished_at end), 'declared'
from ops.bench_lot as b
join plant.lot as t on t.number = 'L' || lpad(b.lot_no::text, 6, '0')
join plant.operator as o on o.code = 'op' || (1 + b.lot_no %% 12)
order by b.lot_no;

insert into plant.lot_run (machine_id, lot_id, operator_id, during, source)
select a.machine_id, a.lot_id, a.operator_id, a.during, a.source from plant.run_assertion as a order by a.assertion_id;

-- name: shifts
insert into plant.shift (site_id, name, during)
select s.site_id, x.name, tstzrange(
    (d.day + x.hour * interval '1 hour')::timestamp at time zone s.time_zone,
    (d.day + (x.hour + 8) * interval '1 hour')::timestamp at time zone s.time_zone
)
from plant.site as s
cross join generate_series(%(from)s::timestamptz::date - 1, %(to)s::timestamptz::date, interval '1 day') as d (day)
cross join (values ('early', 6), ('late', 14), ('night', 22)) as x (name, hour)
where extract(isodow from d.day) < 7;

-- name: minutes
-- what each machine does in each minute of a range
create temp table bench_minute on commit drop as
select
    m.machine_id,
    t.time,
    b.k is not null as is_lot,
    coalesce(b.kw, 3) * (0.97 + 0.06 * random()) as kw,
    coalesce(b.reference_no, 0) as reference_no,
    extract(epoch from t.time - b.started_at) / 60 as minute
from plant.machine as m
cross join generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 minute', interval '1 minute') as t (time)
left join ops.bench_lot as b
    on b.machine_id = m.machine_id and t.time < b.finished_at
    and b.k = floor(
        (extract(epoch from t.time - date_bin('1 day', %(start)s::timestamptz, 'epoch')) / 60 - m.machine_id * 37)
        / (780 + 20 * (m.machine_id %% 5))
    )::int;

-- name: readings
-- an outage of two hours now and then; counters go on from their last value
insert into telemetry.reading (time, sensor_id, value)
with machine as (
    select * from bench_minute
),

line as (
    select l.code, x.time, sum(x.kw) * 1.02 + 4 as kw
    from machine as x
    join plant.machine as m using (machine_id)
    join plant.line as l using (line_id)
    group by l.code, x.time
),

site as (
    select x.time, sum(x.kw) * 1.03 + 30 as kw from line as x group by x.time
),

gained as (
    select s.sensor_id, x.time, x.kw / 60 as gain
    from machine as x
    join plant.sensor as s on s.machine_id = x.machine_id and s.role = 'main_energy'
    union all
    select s.sensor_id, x.time, x.kw / 60 from line as x join plant.sensor as s on s.code = x.code || '.energy'
    union all
    select s.sensor_id, x.time, case s.carrier when 'gas' then 0.4 else 1 end * x.kw / 60
    from site as x
    join plant.sensor as s on s.code in ('GRID.energy', 'GAS.energy')
    union all
    select s.sensor_id, x.time, case when x.is_lot and random() < 0.9 then 1 else 0 end
    from machine as x
    join plant.sensor as s on s.machine_id = x.machine_id and s.role = 'output'
),

value as (
    select g.sensor_id, g.time, round((coalesce(l.value, 0)
        + sum(g.gain) over (partition by g.sensor_id order by g.time rows unbounded preceding))::numeric, 3)::float8 as value
    from gained as g
    left join lateral (
        select r.value from telemetry.reading as r
        where r.sensor_id = g.sensor_id and r.time >= %(from)s::timestamptz - interval '1 day' and r.time < %(from)s::timestamptz
        order by r.time desc limit 1
    ) as l on true
    union all
    select s.sensor_id, x.time, round((case s.quantity
        when 'energy' then x.kw
        when 'pressure' then 6 + x.kw / 200 + 0.05 * random()
        else case when x.is_lot
            then 180 + x.reference_no %% 20 - 140 * exp(-x.minute / 20) + 2 * sin(x.minute / 60) + 0.3 * random()
            else 42 + random() end
    end)::numeric, 1)::float8
    from machine as x
    join plant.sensor as s using (machine_id)
    where s.kind in ('gauge', 'power')
    union all
    select s.sensor_id, x.time, round((15 - 9 * cos(2 * pi() * extract(doy from x.time) / 365)
        - 5 * cos(2 * pi() * extract(hour from x.time) / 24) + random())::numeric, 1)::float8
    from site as x
    join plant.sensor as s on s.code = 'OUTSIDE.temperature'
)

select v.time, v.sensor_id, v.value
from value as v
where not (
    extract(doy from v.time)::int %% 30 = v.sensor_id %% 30 and v.sensor_id %% 4 = 0 and extract(hour from v.time) in (10, 11)
)
order by v.sensor_id, v.time;

-- name: queue
-- each settler has sensors of its own, so that none waits for the other
insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
select array_agg(s.sensor_id), d.time, least(d.time + interval '1 day', %(to)s::timestamptz), 'reading'
from plant.sensor as s
cross join generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 minute', interval '1 day') as d (time)
group by s.sensor_id %% %(settlers)s, d.time
order by s.sensor_id %% %(settlers)s, d.time;

-- name: settle
-- a week of the sensors of one settler
select taken from telemetry.settle(7)

-- name: compress
select compress_chunk(c, if_not_compressed => true)
from show_chunks('telemetry.reading', older_than => %(before)s::timestamptz) as c
union all
select compress_chunk(c, if_not_compressed => true)
from show_chunks('telemetry.slice', older_than => %(before)s::timestamptz - interval '30 days') as c

-- name: messages
insert into ingest.ledger (source, hour, messages, received, stored)
select 'bench', h.hour, 6000, 6000, 6000
from generate_series(date_bin('1 hour', %(from)s::timestamptz, 'epoch'), %(to)s::timestamptz, interval '1 hour') as h (hour);

-- name: tidy
vacuum (analyze)

-- name: counts
select
    (select count(*) from telemetry.reading) as readings,
    (select count(*) from telemetry.slice) as slices,
    (select count(*) from plant.lot) as lots,
    pg_size_pretty(pg_database_size(current_database())) as size

-- name: become_reader
-- what a login of readers gets by being one, and nothing that the plant's own session has
set role lotwatt_reader;

-- name: picked
-- a machine, and the lot that finished last
select m.code, t.number, lower(r.during), upper(r.during)
from plant.lot_run as r
join plant.lot as t using (lot_id)
join plant.machine as m using (machine_id)
where upper(r.during) <= now()
order by upper(r.during) desc limit 1

-- name: anchor
select count(*), sum(r.value) from telemetry.reading as r
where r.time >= %(from)s::timestamptz and r.time < %(to)s::timestamptz

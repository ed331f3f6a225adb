-- What the tests of the loader look at.

-- name: plant
insert into plant.site (code, name, time_zone) values ('s', 'Site', 'Europe/Madrid');
insert into plant.line (site_id, code, name) select site_id, 'l', 'Line' from plant.site;
insert into plant.machine (line_id, code, name, topic)
select line_id, v.code, v.code, 'plant/l/' || v.code from plant.line cross join (values ('m1'), ('m2')) as v (code);
insert into plant.sensor (code, topic, site_id, machine_id, kind, role, quantity, unit, max_gap, is_enabled)
select m.code || '.' || v.code, m.topic || '/' || v.code, s.site_id, m.machine_id,
    v.kind::plant.sensor_kind, v.role::plant.sensor_role, v.quantity, v.unit, '10 minutes', v.code <> 'old'
from plant.machine as m
cross join plant.site as s
cross join (values
    ('power', 'power', 'main_energy', 'energy', 'kW'),
    ('t', 'gauge', 'process_temperature', 'temperature', 'C'),
    ('old', 'gauge', 'other', 'temperature', 'C')
) as v (code, kind, role, quantity, unit)

-- name: set
update ops.setting set value = %(value)s where name = %(name)s

-- name: readings
select s.topic, r.time, r.value
from telemetry.reading as r
join plant.sensor as s on s.sensor_id = r.sensor_id
order by s.topic, r.time

-- name: claims
select s.code, r.value, c.claim_id is not null, c.lot, c.reference, c.operator, c.machine
from telemetry.reading as r
join plant.sensor as s on s.sensor_id = r.sensor_id
left join telemetry.claim as c on c.claim_id = r.claim_id
order by s.code, r.time

-- name: count_claims
select count(*) from telemetry.claim

-- name: dirty
select (select array_agg(s.code order by s.code) from plant.sensor as s where s.sensor_id = any (d.sensor_ids)),
    d.from_time, d.to_time, d.cause
from telemetry.dirty as d
order by d.from_time, d.dirty_id

-- name: dirty_run
select (select array_agg(m.code order by m.code) from plant.machine as m where m.machine_id = any (d.machine_ids)),
    d.from_time, d.to_time, d.cause
from telemetry.dirty_run as d
order by d.from_time, d.dirty_id

-- name: clear_dirty
delete from telemetry.dirty; delete from telemetry.dirty_run

-- name: conflicts
select s.code, c.stored_value, c.offered_value, c.source, c.count
from ingest.reading_conflict as c
join plant.sensor as s on s.sensor_id = c.sensor_id
order by c.conflict_id

-- name: quarantine
select reason, topic, encode(payload, 'escape'), count from ingest.quarantine order by reason, topic, payload

-- name: quarantine_lengths
select length(payload), payload_length from ingest.quarantine

-- name: held
select topic, value, has_claim, lot from ingest.held_reading order by topic, time, value

-- name: unknown
select topic, readings, last_value from ingest.unknown_topic order by topic

-- name: ledger
select source, messages, received, stored, duplicate, conflict, quarantined, dropped
from ingest.ledger
order by source

-- name: ledger_sum
select sum(messages)::int, sum(received)::int, sum(stored)::int, sum(duplicate)::int, sum(conflict)::int,
    sum(quarantined)::int, sum(dropped)::int
from ingest.ledger

-- name: change
insert into telemetry.reading_change (sensor_id, time, action, old_value, new_value, source, reason)
select r.sensor_id, r.time, %(action)s, r.value, %(value)s, 'test', 'test' from telemetry.reading as r;

-- name: correct
update telemetry.reading set value = %(value)s

-- name: say
select case %(action)s
    when 'correct' then (telemetry.correct_reading('m1.power', %(time)s, %(value)s::float8, 'a person', 'test'))::text
    else (telemetry.strike_reading('m1.power', %(time)s, 'a person', 'test'))::text
end

-- name: changes
select old_value, new_value, source from telemetry.reading_change order by change_id

-- name: runs
select m.code, l.number, lower(r.during), upper(r.during), r.source::text
from plant.lot_run as r
join plant.lot as l using (lot_id)
join plant.machine as m on m.machine_id = r.machine_id
order by m.code, lower(r.during)

-- name: quantities
select l.number, f.code, l.planned_quantity, l.good_quantity, l.scrap_quantity
from plant.lot as l
left join plant.reference as f using (reference_id)
order by l.number

-- name: lots_of_orders
select l.number, f.code, l.planned_quantity, l.good_quantity, l.scrap_quantity
from plant.lot as l
left join plant.reference as f using (reference_id)
where exists (select from ingest.run_order as o where o.lot_id = l.lot_id and not o.is_withdrawn)
order by l.number

-- name: assertions
select reason, withdrawn_at is null from plant.run_assertion order by assertion_id

-- name: assign
select plant.assign_run('m1', %(lot)s, %(start)s, %(end)s, null, 'correction', 'test')

-- name: order_conflicts
select conflict, lot from ingest.order_conflict order by conflict, lot

-- name: slices
select s.code, x.time, x.state, l.number, x.readings, x.flags, x.measured_s, x.amount, x.value_s, x.minimum, x.maximum
from telemetry.slice as x
join plant.sensor as s on s.sensor_id = x.sensor_id
left join plant.lot as l on l.lot_id = x.lot_id
order by s.code, x.time, x.state, l.number

-- name: amount_meter
insert into plant.sensor (code, topic, site_id, kind, role, quantity, unit, max_gap)
select %(code)s, 'plant/' || %(code)s, site_id, 'amount', 'main_energy', 'energy', 'kWh', %(max_gap)s::interval from plant.site

-- name: day_sums
select (time at time zone %(zone)s)::date, sum(amount) from telemetry.slice group by 1 order by 1

-- name: cursors
select source, position from ingest.cursor order by source

-- name: count_readings
select count(*) from telemetry.reading

-- name: horizon
update telemetry.horizon set raw_from = %(raw_from)s

-- name: sensor
insert into plant.sensor (code, topic, site_id, machine_id, kind, quantity, unit, max_gap)
select %(topic)s, %(topic)s, s.site_id, m.machine_id, 'gauge', 'temperature', 'C', '10 minutes'
from plant.site as s cross join plant.machine as m where m.code = 'm1'

-- name: replay
select stored, duplicate, conflict, quarantined, dropped from ingest.replay_held(%(topic)s)

-- name: lots
select l.number, l.source::text, f.code, l.reference_source::text, l.good_quantity, l.scrap_quantity
from plant.lot as l
left join plant.reference as f on f.reference_id = l.reference_id
order by l.number

-- name: lot
insert into plant.lot (number, reference_id, reference_source, good_quantity, source)
select %(number)s,
    (select reference_id from plant.reference where code = %(reference)s),
    case when %(reference)s::text is not null then %(source)s::plant.run_source end,
    %(good)s::float8, %(source)s::plant.run_source

-- name: reference
insert into plant.reference (code) values (%(code)s)

-- name: run
insert into plant.lot_run (lot_id, machine_id, during, source)
select l.lot_id, m.machine_id, tstzrange(%(from_time)s, %(to_time)s), 'declared'
from plant.lot as l cross join plant.machine as m where l.number = %(number)s and m.code = 'm1'

-- name: references
select code, source::text, unit from plant.reference order by code

-- name: operators
select code from plant.operator order by code

-- name: events
select m.code, e.event, l.number, e.occurred_at, f.code, o.code, e.good_quantity, e.scrap_quantity
from plant.lot_event as e
join plant.machine as m on m.machine_id = e.machine_id
join plant.lot as l on l.lot_id = e.lot_id
left join plant.reference as f on f.reference_id = e.reference_id
left join plant.operator as o on o.operator_id = e.operator_id
order by e.occurred_at, l.number, e.event

-- name: loader
select last_commit_at is not null, counters from ops.loader

-- name: leases
select name, holder from ops.lease

-- name: refuse_42
alter table telemetry.reading add constraint not_42 check (value <> 42)

-- name: accept_42
alter table telemetry.reading drop constraint not_42

-- name: lock_readings
lock table telemetry.reading in exclusive mode

-- name: waiting
select count(*)
from pg_catalog.pg_locks as l
join pg_catalog.pg_stat_activity as a on a.pid = l.pid
where not l.granted and starts_with(a.application_name, 'lotwatt loader') and a.datname = current_database()

-- name: end_loaders
select pg_terminate_backend(pid)
from pg_catalog.pg_stat_activity
where starts_with(application_name, 'lotwatt loader') and datname = current_database()

-- name: become_loader
set role lotwatt_loader

-- name: become_owner
reset role

-- name: switch_off
update plant.sensor set is_enabled = false where topic = %(topic)s

-- name: devices
select distinct on (topic) topic, is_online from ingest.device_status order by topic, time desc, is_online

-- name: lease_of
select holder from ops.lease where name = 'loader lotwatt'

-- name: prolong_leases
update ops.lease set expires_at = now() + interval '1 hour'

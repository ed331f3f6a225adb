create view api.conflict as
select 'two lots claimed at once' as conflict, lower(c.during) as time, upper(c.during) as finished_at,
    m.code as machine, array_to_string(c.lots, ', ') as lot,
    'readings of the machine claim different lots for longer than a changeover; nobody gets the time' as detail
from plant.claim_conflict as c join plant.machine as m using (machine_id)
union all
select 'claim against a stronger word', min(x.bucket), max(x.bucket) + interval '15 minutes', m.code, c.lot,
    format('readings claim lot %s while the run says %s (%s)', c.lot, t.number, n.source)
from plant.lot_run as n
join plant.lot as t using (lot_id)
join plant.machine as m using (machine_id)
join plant.sensor as s using (machine_id)
cross join lateral (
    select r.claim_id, date_bin('15 minutes', r.time, 'epoch') as bucket
    from telemetry.reading as r
    where r.sensor_id = s.sensor_id and r.claim_id is not null and not r.is_struck
        and r.time >= lower(n.during) and r.time < coalesce(upper(n.during), 'infinity')
) as x
join telemetry.claim as c on c.claim_id = x.claim_id
where n.source > 'payload' and c.lot is distinct from t.number and c.lot is not null
group by n.run_id, m.code, c.lot, t.number, n.source
union all
select 'lot on two machines at once', greatest(lower(a.during), lower(b.during)), least(upper(a.during), upper(b.during)),
    ma.code || ', ' || mb.code, t.number, 'both get their energy; correct one of the runs if that is wrong'
from plant.lot_run as a
join plant.lot_run as b on b.lot_id = a.lot_id and b.machine_id > a.machine_id and b.during && a.during
join plant.lot as t on t.lot_id = a.lot_id
join plant.machine as ma on ma.machine_id = a.machine_id
join plant.machine as mb on mb.machine_id = b.machine_id
union all
select 'reference changes inside a lot', null, null, null, t.number,
    format('the lot is %s; readings or events also say %s', coalesce(f.code, 'without reference'), x.reference)
from plant.lot as t
left join plant.reference as f using (reference_id)
join (
    select c.lot, c.reference from telemetry.claim as c where c.reference is not null
    union
    select l.number, r.code from plant.lot_event as e
    join plant.lot as l using (lot_id) join plant.reference as r on r.reference_id = e.reference_id
) as x on x.lot = t.number
where x.reference is distinct from f.code
union all
select distinct 'machine in the claim is not the sensor''s', null::timestamptz, null::timestamptz, m.code, c.lot,
    format('readings of sensor %s claim machine %s', s.code, c.machine)
from telemetry.claim as c
join telemetry.reading as r using (claim_id)
join plant.sensor as s using (sensor_id)
join plant.machine as m on m.machine_id = s.machine_id
where c.machine <> m.code and not r.is_struck
union all
select 'lot never closed', lower(n.during), null, m.code, t.number,
    format('open for longer than %s; close it with lotwatt run close %s', g.value, n.run_id)
from plant.lot_run as n
join plant.lot as t using (lot_id)
join plant.machine as m using (machine_id)
join ops.setting as g on g.name = 'open_run_limit'
where upper_inf(n.during) and lower(n.during) < now() - g.value::interval
union all
select 'stop without a start', e.occurred_at, null, m.code, t.number, 'the lot was not running on this machine when it was stopped'
from plant.lot_event as e
join plant.lot as t using (lot_id)
join plant.machine as m using (machine_id)
where e.event = 'stop' and not exists (
    select from plant.lot_event as b
    where b.machine_id = e.machine_id and b.lot_id = e.lot_id and b.event = 'start' and b.occurred_at < e.occurred_at
)
union all
select 'several counters of one lot', min(o.bucket), max(o.bucket), string_agg(distinct m.code, ', '), t.number,
    'more than one machine counts its units; declare its quantity'
from telemetry.output_lot_hourly as o
join plant.lot as t using (lot_id)
join plant.machine as m using (machine_id)
where t.good_quantity is null
group by t.lot_id having count(distinct o.machine_id) > 1
union all
select 'lot not created yet', r.from_time, r.to_time, m.code, r.lot,
    'too many lots were new in that hour (setting new_lots_per_hour); it is made when there is room, or declare it'
from plant.lot_refused as r
join plant.machine as m using (machine_id)
union all
select 'another value for a stored reading', c.time, null, m.code, null,
    format('sensor %s: stored %s, offered %s by %s, %s times', s.code, c.stored_value, c.offered_value, c.source, c.count)
from ingest.reading_conflict as c
join plant.sensor as s using (sensor_id)
left join plant.machine as m using (machine_id)
union all
select 'another word of a stored lot event', (w.said ->> 'time')::timestamptz, null, m.code, w.said ->> 'lot',
    format('stored otherwise, then came %s times: %s', q.count, w.said - 'time' - 'lot')
from ingest.quarantine as q
cross join lateral (
    -- Only a whole one can be read.
    select case when q.payload_length = length(q.payload) then convert_from(q.payload, 'UTF8')::jsonb end as said
) as w
left join plant.machine as m on q.topic = m.topic || '/lot'
where q.reason = 'event_conflict'
union all
select o.conflict, o.time, o.finished_at, o.machine, o.lot, o.detail from ingest.order_conflict as o
union all
select 'device online and offline at once', s.time, null, m.code, null,
    format('device %s; it counts as offline', s.topic)
from ingest.device_status as s
left join lateral (
    select x.code from plant.machine as x
    where s.topic = x.topic or starts_with(s.topic, x.topic || '/')
    order by length(x.topic) desc limit 1
) as m on true
where s.is_contradicted
union all
select 'parked', p.from_time, p.to_time, null, null, format('could not be settled: %s', p.reason)
from telemetry.parked as p;
comment on view api.conflict is 'What contradicts itself: shown, never guessed';
comment on column api.conflict.conflict is 'Kind of contradiction';
comment on column api.conflict.time is 'From when; NULL: no time of its own';
comment on column api.conflict.finished_at is 'Until when';
comment on column api.conflict.machine is 'Machine';
comment on column api.conflict.lot is 'Lot, or lots';
comment on column api.conflict.detail is 'What was said, and what to do';

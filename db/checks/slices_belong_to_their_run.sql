-- check: every slice of a lot belongs to a run of that lot, with the reference of the lot
-- level: fail
-- Sensors that wait in the queue are not judged: their slices are about to be written anew.
select
    p.code as sensor,
    min(s.time) as time,
    count(*) as slices,
    s.run_id as run,
    l.number as lot,
    r.lot_id is null as is_run_missing,
    s.reference_id is distinct from l.reference_id as has_other_reference
from telemetry.slice as s
inner join plant.sensor as p on s.sensor_id = p.sensor_id
left join plant.lot as l on s.lot_id = l.lot_id
left join plant.lot_run as r on s.run_id = r.run_id and s.lot_id = r.lot_id and s.machine_id = r.machine_id
where
    s.state = 'l'
    and (r.run_id is null or s.reference_id is distinct from l.reference_id)
    and not exists (select from telemetry.dirty as d where s.sensor_id = any(d.sensor_ids))
group by p.code, s.run_id, l.number, r.lot_id, s.reference_id, l.reference_id
order by min(s.time)

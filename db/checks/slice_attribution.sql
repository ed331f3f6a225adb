-- check: slices belong to the lot and reference of their run
-- level: fail
select
    s.sensor_id,
    s.time,
    s.run_id,
    t.number as lot,
    s.lot_id as slice_lot_id,
    s.reference_id as slice_reference_id
from telemetry.slice as s
left join plant.lot_run as r on s.run_id = r.run_id
left join plant.lot as t on r.lot_id = t.lot_id
where
    s.state = 'l'
    and not exists (
        select 1 from telemetry.dirty as d
        where s.sensor_id = any(d.sensor_ids)
            and s.time + interval '15 minutes' > d.from_time and s.time <= d.to_time
    )
    and (
        r.run_id is null
        or s.lot_id is distinct from r.lot_id
        or s.reference_id is distinct from t.reference_id
        or s.machine_id is distinct from r.machine_id
    )
order by s.time, s.sensor_id;

-- check: the aggregate of energy by lot says what the slices say
-- level: fail
-- Hours that wait to be refreshed are not judged.
with slice as (
    select date_bin('1 hour', s.time, 'epoch') as bucket, s.lot_id, s.sensor_id, sum(s.amount) as energy_kwh
    from telemetry.slice as s
    where s.state = 'l' and s.role = 'main_energy'
    group by 1, 2, 3
),

aggregate as (
    select e.bucket, e.lot_id, e.sensor_id, sum(e.energy_kwh) as energy_kwh
    from telemetry.energy_lot_hourly as e
    group by e.bucket, e.lot_id, e.sensor_id
)

select
    coalesce(s.bucket, a.bucket) as time,
    l.number as lot,
    p.code as sensor,
    s.energy_kwh as slices_kwh,
    a.energy_kwh as aggregate_kwh
from slice as s
full join aggregate as a on s.bucket = a.bucket and s.lot_id = a.lot_id and s.sensor_id = a.sensor_id
inner join plant.lot as l on l.lot_id = coalesce(s.lot_id, a.lot_id)
inner join plant.sensor as p on p.sensor_id = coalesce(s.sensor_id, a.sensor_id)
where
    (
        s.lot_id is null
        or a.lot_id is null
        or (s.energy_kwh is null) <> (a.energy_kwh is null)
        or abs(s.energy_kwh - a.energy_kwh) > 1e-6
    )
    and not exists (
        select from ops.stale as w
        where w.from_time <= coalesce(s.bucket, a.bucket) and w.to_time > coalesce(s.bucket, a.bucket)
    )
order by 1

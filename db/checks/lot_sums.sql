-- check: what is kept of lots equals the slices below it
-- level: fail
-- Lots under way are added up when they are read: nothing of them is kept.
with slice as (
    select
        s.lot_id,
        s.sensor_id,
        sum(s.amount) as amount,
        sum(s.value_s) as value_s,
        sum(s.measured_s) as measured_s
    from telemetry.slice as s
    inner join telemetry.summed_lot as d on s.lot_id = d.lot_id
    where s.state = 'l'
    group by s.lot_id, s.sensor_id
),

kept as (
    select
        k.lot_id,
        k.sensor_id,
        sum(k.amount) as amount,
        sum(k.value_s) as value_s,
        sum(k.measured_s) as measured_s
    from telemetry.lot_sum as k
    group by k.lot_id, k.sensor_id
)

select
    t.number as lot,
    n.code as sensor,
    s.amount as slices,
    k.amount as kept
from slice as s
full join kept as k on s.lot_id = k.lot_id and s.sensor_id = k.sensor_id
left join plant.lot as t on t.lot_id = coalesce(s.lot_id, k.lot_id)
left join plant.sensor as n on n.sensor_id = coalesce(s.sensor_id, k.sensor_id)
where
    (s.amount is null) <> (k.amount is null)
    or (s.value_s is null) <> (k.value_s is null)
    or abs(s.amount - k.amount) > 1e-6 + 1e-9 * abs(s.amount)
    or abs(s.value_s - k.value_s) > 1e-6 + 1e-9 * abs(s.value_s)
    or coalesce(abs(s.measured_s - k.measured_s) > 1e-3, true)
order by t.number, n.code;

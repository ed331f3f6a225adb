-- check: continuous aggregates equal the slices below them
-- level: fail
-- Real-time aggregation shows what is not materialised yet; ranges that wait for a refresh are left out.
with slice as (
    select
        s.lot_id,
        sum(s.amount) as energy_kwh
    from telemetry.slice as s
    where
        s.state = 'l'
        and s.role = 'main_energy'
        and not exists (select 1 from ops.stale as t where s.time >= t.from_time and s.time < t.to_time)
    group by s.lot_id
),

aggregate as (
    select
        a.lot_id,
        sum(a.energy_kwh) as energy_kwh
    from telemetry.energy_lot_hourly as a
    where not exists (select 1 from ops.stale as t where a.bucket >= t.from_time and a.bucket < t.to_time)
    group by a.lot_id
)

select
    t.number as lot,
    s.energy_kwh as slices_kwh,
    a.energy_kwh as aggregate_kwh
from slice as s
full join aggregate as a on s.lot_id = a.lot_id
left join plant.lot as t on t.lot_id = coalesce(s.lot_id, a.lot_id)
where
    (s.energy_kwh is null) <> (a.energy_kwh is null)
    or abs(s.energy_kwh - a.energy_kwh) > 1e-6 + 1e-9 * abs(s.energy_kwh)
order by t.number;

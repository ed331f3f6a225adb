-- What lots used at their main meters, slice by slice: found by meter and the time of its runs, which is how slices are
-- ordered, and taken by the lot that they name.
create or replace view analytics.lot_slice_cost as
select r.lot_id, x.site_id, x.machine_id, x.carrier, x.time, x.day, x.class, x.energy_kwh, x.cost, x.co2_kg
from (
    select n.lot_id, n.machine_id, date_bin('15 minutes', min(lower(n.during)), 'epoch') as started_at,
        max(coalesce(upper(n.during), 'infinity')) as finished_at
    from plant.lot_run as n
    group by n.lot_id, n.machine_id
) as r
join plant.sensor as s on s.machine_id = r.machine_id and s.role = 'main_energy'
-- the offset keeps them in this order: by the lot alone, every compressed chunk would be opened for each of them
cross join lateral (
    select y.* from analytics.slice_cost as y
    where y.sensor_id = s.sensor_id and y.lot_id = r.lot_id and y.time >= r.started_at and y.time < r.finished_at
    offset 0
) as x;
comment on view analytics.lot_slice_cost is 'Energy, cost and CO2 of the slices of lots';

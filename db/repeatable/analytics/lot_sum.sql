-- What the slices of each lot add up to: as kept where its runs are over, else from the slices.
create or replace view analytics.lot_sum as
select s.lot_id, s.run_id, s.sensor_id, s.role, s.machine_id, s.amount, s.value_s, s.measured_s, s.known_s, s.minimum,
    s.maximum, s.below_s, s.above_s, s.flags
from telemetry.lot_sum as s
union all
select s.*
from telemetry.lot_slice as s
where not exists (select from telemetry.summed_lot as d where d.lot_id = s.lot_id);
comment on view analytics.lot_sum is 'Sums of the slices of each lot by run, sensor, role and machine';

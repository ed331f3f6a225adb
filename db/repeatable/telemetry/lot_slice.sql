-- What the slices of each lot add up to: by run, sensor, role and machine.
create or replace view telemetry.lot_slice as
select t.lot_id, x.*
from plant.lot as t
cross join lateral (
    select s.run_id, s.sensor_id, s.role, s.machine_id, sum(s.amount) as amount, sum(s.value_s) as value_s,
        sum(s.measured_s) as measured_s, sum(s.known_s) as known_s, min(s.minimum) as minimum, max(s.maximum) as maximum,
        sum(s.below_s) as below_s, sum(s.above_s) as above_s, bit_or(s.flags) as flags
    from telemetry.slice as s
    -- none lies before the first run: chunks before it are not looked at
    where s.lot_id = t.lot_id and s.state = 'l' and s.time >= (
        select date_bin('15 minutes', min(lower(r.during)), 'epoch') from plant.lot_run as r where r.lot_id = t.lot_id
    )
    group by s.run_id, s.sensor_id, s.role, s.machine_id
) as x;
comment on view telemetry.lot_slice is 'Sums of the slices of each lot by run, sensor, role and machine';

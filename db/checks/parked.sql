-- check: nothing is parked
-- level: fail
-- Slices of a parked range are as they were before the change that could not be settled.
select
    p.cause,
    p.reason,
    p.from_time,
    p.to_time
from telemetry.parked as p
order by p.parked_id;

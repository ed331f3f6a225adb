-- check: no range is parked
-- level: warn
select p.parked_at, p.from_time, p.to_time, p.cause, p.reason
from telemetry.parked as p
order by p.parked_id

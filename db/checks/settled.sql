-- check: nothing waits to be settled
-- level: warn
-- While something waits, figures are about to change, and the balance is asked up to a day before it.
select
    count(*) as ranges,
    min(w.cause) as cause
from (
    select d.cause from telemetry.dirty as d
    union all
    select r.cause from telemetry.dirty_run as r
) as w
having count(*) > 0;

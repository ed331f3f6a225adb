-- check: lots + idle + unattributed = what each meter advanced
-- level: fail
-- The two sides are worked out apart (slices, and one pass over readings). Only what is settled is
-- judged: up to the first quarter-hour of a sensor that waits in the queue.
select b.sensor, b.advance, b.lots, b.idle, b.unattributed, b.residual
from (
    select coalesce(min(d.from_time) - interval '1 day', now()) as until
    from telemetry.dirty as d
) as settled
cross join lateral api.meter_balance('2000-01-01 00:00+00', settled.until) as b
where abs(b.residual) > 1e-6 + 1e-9 * abs(b.advance)
order by abs(b.residual) desc

-- check: lots + idle + unattributed = what each meter advanced
-- level: fail
-- Double entry over all of the data: the right side comes from readings by another way.
with span as (
    select
        min(s.time) as from_time,
        max(s.time) + interval '15 minutes' as to_time
    from telemetry.slice as s
)

select
    b.sensor,
    b.advance,
    b.lots,
    b.idle,
    b.unattributed,
    b.residual
from span
cross join lateral api.meter_balance(span.from_time, span.to_time) as b
where
    not exists (select 1 from telemetry.dirty)
    and abs(b.residual) > 1e-6 + 1e-9 * abs(b.advance)
order by abs(b.residual) desc;

-- check: lots + idle + unattributed = what each meter advanced
-- level: fail
-- Double entry: the right side comes from readings by another way. Over all of the data, up to a day
-- before the earliest change that still waits to be settled. From the start of the first day in UTC,
-- as past retention a day is proved as a whole.
with span as (
    select
        date_bin('1 day', min(s.time), 'epoch') as from_time,
        least(
            max(s.time) + interval '15 minutes',
            (select min(d.from_time) - interval '1 day' from telemetry.dirty as d)
        ) as to_time
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
    span.from_time < span.to_time
    and abs(b.residual) > 1e-6 + 1e-9 * abs(b.advance)
order by abs(b.residual) desc;

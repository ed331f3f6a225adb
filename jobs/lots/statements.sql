-- What the jobs of lots ask and say. Named statements; see db/statements.py.

-- name: training
-- Of each reference the newest 200: what it was years ago says little of what it is.
select lot, reference, family, machine, finished_at, quantity, machine_s, energy_kwh, drivers
from (
    select *, row_number() over (partition by reference order by finished_at desc, lot desc) as nth
    from api.lot_feature
    where why_not_trained is null
) as f
where nth <= 200
order by finished_at, lot

-- name: minimum_excess
select analytics.lot_minimum_excess()

-- name: put_model
select version, is_new from analytics.put_lot_model(%(model)s::jsonb)

-- name: freeze_limits
select analytics.freeze_limits()

-- name: renew_limits
select analytics.freeze_limits(%(reference)s::text, %(from)s::timestamptz)

-- name: profile_lots
select analytics.profile_lots(%(limit)s::int)

-- name: freeze_golden
select analytics.freeze_golden(%(reference)s::text)

-- name: golden
select reference, golden_lots
from api.golden_profile
where is_newest
group by reference, golden_lots
order by reference

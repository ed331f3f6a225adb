-- The summary board. Each statement is one panel: at most three lines, from schema api alone.

-- name: totals
select products, lots, products_per_lot, energy_kwh, energy_kwh_per_unit, energy_coverage
from api.totals($__timeFrom()::timestamptz, $__timeTo()::timestamptz)

-- name: lots
select number as lot, started_at as "time", coalesce(finished_at, now()) as timeend, number || ' ' || coalesce(reference, '') as text, machine as tags
from api.lot where started_at <= $__timeTo()::timestamptz and coalesce(finished_at, now()) >= $__timeFrom()::timestamptz

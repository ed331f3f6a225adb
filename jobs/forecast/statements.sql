-- What the jobs of energy and forecasts ask and say. Named statements; see db/statements.py.

-- name: sites
select site, time_zone, holiday_calendar, measured_from from analytics.sites()

-- name: put_holidays
select analytics.put_holidays(
    %(site)s::text, %(from)s::date, %(to)s::date, %(days)s::date[], %(names)s::text[]
)

-- name: energy_history
select level, place, carrier, time_zone, first_day, hours, energy_kwh, off_days
from analytics.energy_history(%(from)s::timestamptz, %(at)s::timestamptz)

-- name: plan_history
select machine, line, site, days, reference, ran_hours, ran_share, planned_hours, planned_share
from analytics.plan_history(%(from)s::timestamptz, %(at)s::timestamptz)

-- name: put_forecasts
select analytics.put_forecasts(%(rows)s::jsonb)

-- What the job of energy baselines asks and says. Named statements; see db/statements.py.

-- name: training
select level, place, carrier, day, energy_kwh, inputs
from analytics.energy_training(%(from)s::date, %(to)s::date)

-- name: put_models
select analytics.put_energy_models(%(rows)s::jsonb, %(is_renewal)s::boolean)

-- What the jobs of lots ask and say. Named statements; see db/statements.py.

-- name: training
select lot, reference, family, machine, finished_at, quantity, machine_s, energy_kwh, drivers
from api.lot_feature
where why_not_trained is null
order by finished_at, lot

-- name: minimum_excess
select analytics.lot_minimum_excess()

-- name: put_model
select version, is_new from analytics.put_lot_model(%(model)s::jsonb)

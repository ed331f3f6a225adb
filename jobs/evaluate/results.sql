-- What `lotwatt jobs evaluate` asks of the plant's own database, and keeps there. Named statements; see db/statements.py.

-- name: keep
select analytics.put_evaluation(%(results)s::jsonb)

-- name: anomalies
select p.* from api.detector_precision as p order by 1, 2

-- name: lots
select m.version, m.target, m.fall_back, m.lots, m.cv_rmse_percent, m.nmbe_percent, m.coverage_percent, m.method
from api.lot_model as m
where m.is_newest and m.target is not null
order by m.target, m.fall_back

-- name: forecasts
select a.* from api.forecast_accuracy as a order by a.level, a.place, a.carrier

-- name: energy_baselines
select m.level, m.place, m.carrier, m.version, m.days, m.is_valid, m.r2, m.cv_rmse_percent, m.nmbe_percent, m.reason
from api.energy_model as m
where m.is_newest
order by m.level, m.place, m.carrier

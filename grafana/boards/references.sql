-- The board of references. Each statement is one panel: at most three lines, from schema api alone.

-- name: ranking
select reference, unit, lots, quantity, duration_s_mean, energy_kwh, energy_kwh_per_unit, energy_kwh_per_unit_p05, energy_kwh_per_unit_p95, lots_with_energy, temperature_c_min, temperature_c_max
from api.reference_period($__timeFrom()::timestamptz, $__timeTo()::timestamptz) order by energy_kwh_per_unit desc nulls last

-- name: per_unit
select reference, energy_kwh_per_unit_p05, energy_kwh_per_unit, energy_kwh_per_unit_p95
from api.reference_period($__timeFrom()::timestamptz, $__timeTo()::timestamptz) where energy_kwh_per_unit is not null order by energy_kwh_per_unit desc limit 30

-- name: distribution
select label, lots from api.lot_distribution(${product:sqlstring}, $__timeFrom()::timestamptz, $__timeTo()::timestamptz)
order by bin

-- name: chart
select finished_at as "time", value, center, lower_limit, upper_limit from api.control_chart
where reference = ${product:sqlstring} and figure = 'energy_kwh_per_unit' and finished_at >= $__timeFrom()::timestamptz and finished_at < $__timeTo()::timestamptz order by 1

-- name: out_of_control
select lot, figure, finished_at, value, center, lower_limit, upper_limit, array_to_string(rules, ', ') as rules from api.control_chart
where is_out_of_control and reference = ${product:sqlstring} and finished_at >= $__timeFrom()::timestamptz and finished_at < $__timeTo()::timestamptz order by finished_at desc limit 100

-- name: capability
select reference, band_minimum_c, band_maximum_c, mean_c, sigma_c, cp, cpk, lots, reason
from api.capability order by cpk nulls last

-- name: costs
select reference, cost_per_unit, currency, cost_per_unit_p05, cost_per_unit_p95, lots, lots_with_cost, co2_kg_per_unit, lots_with_co2
from api.reference_cost_period($__timeFrom()::timestamptz, $__timeTo()::timestamptz) order by cost_per_unit desc nulls last, reference

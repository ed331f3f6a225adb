-- The golden profile goes by phase; here it is laid over the time of one lot, so that a chart over time shows both.
create function api.lot_beside_golden(p_lot text)
returns table (
    "time" timestamptz, phase int, temperature_c float8, golden_temperature_c float8, golden_temperature_c_low float8,
    golden_temperature_c_high float8, power_kw float8, golden_power_kw float8, golden_power_kw_low float8, golden_power_kw_high float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select p.from_time + (p.to_time - p.from_time) / 2, p.phase, p.temperature_c, t.median, t.low, t.high,
        p.power_kw, k.median, k.low, k.high
    from api.lot_profile(p_lot, 50) as p
    left join plant.lot as l on l.number = p_lot
    left join plant.reference as r using (reference_id)
    left join api.golden_profile as t on t.reference = r.code and t.is_newest and t.measure = 'temperature_c' and t.phase = p.phase
    left join api.golden_profile as k on k.reference = r.code and k.is_newest and k.measure = 'power_kw' and k.phase = p.phase
    order by p.phase
$$;
comment on function api.lot_beside_golden(text) is
'Temperature and power of a lot by 50 phases, at the middle of each, beside the golden profile of its reference and 3 spreads on either side; without golden values where the reference has none';

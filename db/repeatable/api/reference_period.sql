create function api.reference_period(p_from timestamptz, p_to timestamptz)
returns table (
    reference text, unit text, lots bigint, quantity float8, duration_s_mean float8, energy_kwh float8,
    lots_with_energy bigint, energy_kwh_per_unit float8, energy_kwh_per_unit_p05 float8, energy_kwh_per_unit_p95 float8,
    temperature_c_min float8, temperature_c_max float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select l.reference, min(l.unit), count(*), sum(l.quantity), avg(l.duration_s), sum(l.energy_kwh),
        count(l.energy_kwh_per_unit),
        sum(l.energy_kwh) filter (where l.energy_kwh_per_unit is not null)
        / nullif(sum(l.quantity) filter (where l.energy_kwh_per_unit is not null), 0),
        percentile_cont(0.05) within group (order by l.energy_kwh_per_unit),
        percentile_cont(0.95) within group (order by l.energy_kwh_per_unit),
        min(l.temperature_c_min), max(l.temperature_c_max)
    from api.lot as l
    where l.finished_at >= p_from and l.finished_at < p_to and l.reference is not null
    group by l.reference
    order by l.reference
$$;
comment on function api.reference_period(timestamptz, timestamptz) is
'References by the lots that finished in a period: lots, good units, mean duration, energy; kWh per unit as the sum of energy / sum of units of the lots measured well enough, with its 5th and 95th percentile over these lots and their number; lowest and highest temperature';

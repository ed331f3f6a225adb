create function api.totals(p_from timestamptz, p_to timestamptz)
returns table (products float8, lots bigint, products_per_lot float8, energy_kwh float8, energy_kwh_per_unit float8, energy_coverage float8)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select sum(l.quantity), count(*),
        sum(l.quantity) / nullif(count(*) filter (where l.quantity is not null), 0),
        sum(l.energy_kwh),
        sum(l.energy_kwh) filter (where l.energy_kwh_per_unit is not null)
        / nullif(sum(l.quantity) filter (where l.energy_kwh_per_unit is not null), 0),
        sum(l.energy_coverage * l.machine_s) / nullif(sum(l.machine_s) filter (where l.energy_coverage is not null), 0)
    from api.lot as l
    where l.finished_at >= p_from and l.finished_at < p_to
$$;
comment on function api.totals(timestamptz, timestamptz) is
'Lots finished in a period: products, number of lots, products per lot (of lots with a count), energy kWh, kWh per unit (of lots measured well enough), coverage by machine time';

-- One pass over the lots of both periods. A change is NULL where either side is not known, or the one before is 0.
create function api.totals_compared(p_from timestamptz, p_to timestamptz, p_machines text[] default null)
returns table (
    products float8, products_before float8, products_change_percent float8,
    lots bigint, lots_before bigint, lots_change_percent float8,
    products_per_lot float8, products_per_lot_before float8, products_per_lot_change_percent float8,
    energy_kwh float8, energy_kwh_before float8, energy_kwh_change_percent float8,
    energy_kwh_per_unit float8, energy_kwh_per_unit_before float8, energy_kwh_per_unit_change_percent float8,
    energy_coverage float8, energy_coverage_before float8, energy_coverage_change_percent float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with asked as (
        select p_machines is null or not exists (
            select from plant.machine as m where m.code <> all (p_machines)
        ) as is_all
    ),
    lot as (
        select l.quantity, l.energy_kwh, l.energy_kwh_per_unit, l.energy_coverage, l.machine_s,
            l.finished_at >= p_from as is_now
        from api.lot as l
        cross join asked as a
        where l.finished_at >= p_from - (p_to - p_from) and l.finished_at < p_to
            and (a.is_all or string_to_array(l.machine, ', ') && p_machines)
    ),
    period as (
        select p.is_now,
            sum(l.quantity) as products,
            count(l.is_now) as lots,
            sum(l.quantity) / nullif(count(l.quantity), 0) as products_per_lot,
            sum(l.energy_kwh) as energy_kwh,
            sum(l.energy_kwh) filter (where l.energy_kwh_per_unit is not null)
            / nullif(sum(l.quantity) filter (where l.energy_kwh_per_unit is not null), 0) as per_unit,
            sum(l.energy_coverage * l.machine_s)
            / nullif(sum(l.machine_s) filter (where l.energy_coverage is not null), 0) as coverage
        from (values (true), (false)) as p (is_now)
        left join lot as l on l.is_now = p.is_now
        group by p.is_now
    )
    select
        n.products, b.products, 100 * (n.products - b.products) / nullif(b.products, 0),
        n.lots, b.lots, 100 * (n.lots - b.lots)::float8 / nullif(b.lots, 0),
        n.products_per_lot, b.products_per_lot,
        100 * (n.products_per_lot - b.products_per_lot) / nullif(b.products_per_lot, 0),
        n.energy_kwh, b.energy_kwh, 100 * (n.energy_kwh - b.energy_kwh) / nullif(b.energy_kwh, 0),
        n.per_unit, b.per_unit, 100 * (n.per_unit - b.per_unit) / nullif(b.per_unit, 0),
        n.coverage, b.coverage, 100 * (n.coverage - b.coverage) / nullif(b.coverage, 0)
    from period as n
    join period as b on n.is_now and not b.is_now
$$;
comment on function api.totals_compared(timestamptz, timestamptz, text[]) is
'Lots finished in a period, as in api.totals, beside those of the period of the same length before it, and the change in percent; NULL where either is not known. Of machines: lots that one of them ran';

-- As api.reference_cost, of the lots of a period: these are found first, so that only they are looked up elsewhere.
create function api.reference_cost_period(p_from timestamptz, p_to timestamptz)
returns table (
    reference text, currency text, lots bigint, lots_with_cost bigint, cost float8, cost_per_unit float8, cost_per_unit_p05 float8,
    cost_per_unit_p95 float8, lots_with_co2 bigint, co2_kg_per_unit float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with finished as materialized (
        select l.number, l.reference, l.quantity, l.energy_kwh_per_unit is not null as is_measured
        from api.lot as l
        where l.finished_at >= p_from and l.finished_at < p_to and l.reference is not null
    )
    select l.reference, c.currency, count(*),
        count(*) filter (where x.is_known),
        sum(c.cost) filter (where x.is_known),
        sum(c.cost) filter (where x.is_known) / nullif(sum(l.quantity) filter (where x.is_known), 0),
        percentile_cont(0.05) within group (order by c.cost / l.quantity) filter (where x.is_known),
        percentile_cont(0.95) within group (order by c.cost / l.quantity) filter (where x.is_known),
        count(*) filter (where x.has_co2),
        sum(c.co2_kg) filter (where x.has_co2) / nullif(sum(l.quantity) filter (where x.has_co2), 0)
    from finished as l
    cross join lateral (
        select k.currency, k.cost, k.co2_kg from api.lot_cost as k where k.number = l.number
    ) as c
    cross join lateral (
        select c.cost is not null and l.is_measured as is_known, c.co2_kg is not null and l.is_measured as has_co2
    ) as x
    group by l.reference, c.currency
    order by l.reference
$$;
comment on function api.reference_cost_period(timestamptz, timestamptz) is
'Cost and CO2 of references by the lots that finished in a period, from those whose energy and units are known well enough';

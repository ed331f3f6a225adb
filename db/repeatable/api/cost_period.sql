-- Days of plant time that begin in the period. A sum of which a part has no price is no cost.
create function api.cost_period(p_from timestamptz, p_to timestamptz, p_machines text[] default null)
returns table (
    machine text, currency text, energy_kwh float8, cost float8, lot_cost float8, idle_cost float8, unattributed_cost float8,
    unpriced_kwh float8, co2_kg float8, without_factor_kwh float8
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    select d.machine, d.currency, sum(d.energy_kwh),
        case when sum(d.unpriced_kwh) is null then sum(d.cost) end,
        case when sum(d.unpriced_kwh) is null then sum(d.lot_cost) end,
        case when sum(d.unpriced_kwh) is null then sum(d.idle_cost) end,
        case when sum(d.unpriced_kwh) is null then sum(d.unattributed_cost) end,
        sum(d.unpriced_kwh),
        case when sum(d.without_factor_kwh) is null then sum(d.co2_kg) end,
        sum(d.without_factor_kwh)
    from api.cost_daily as d
    where d.time >= p_from and d.time < p_to and (p_machines is null or d.machine = any (p_machines))
    group by grouping sets ((d.machine, d.currency), (d.currency))
    order by d.machine nulls first
$$;
comment on function api.cost_period(timestamptz, timestamptz, text[]) is
'Energy, cost and CO2 of machines on the days of plant time that begin in a period, and of all of them together (machine NULL); NULL where a part has no price or no emission factor, and then how many kWh that are';

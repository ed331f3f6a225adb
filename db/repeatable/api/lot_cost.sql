-- What lots bear of idle energy is work of another size, so it is worked out only where the policy asks for it.
create view api.lot_cost as
select
    t.number,
    f.code as reference,
    w.finished_at,
    c.currency,
    c.energy_kwh,
    c.cost,
    c.unpriced_kwh,
    c.co2_kg,
    c.without_factor_kwh,
    i.idle_kwh,
    i.idle_cost,
    i.idle_co2_kg,
    case
        when c.energy_kwh is null then 'no energy'
        when c.unpriced_kwh is null then 'known'
        when c.has_price then 'part unpriced'
        else 'no tariff'
    end as status
from plant.lot as t
left join plant.reference as f using (reference_id)
cross join lateral (
    select case when x.at <= now() then x.at end as finished_at
    from (
        select coalesce(t.finished_at, case when not bool_or(upper_inf(n.during)) then max(upper(n.during)) end) as at
        from plant.lot_run as n where n.lot_id = t.lot_id
    ) as x
) as w
cross join lateral (
    select
        min(z.currency) as currency,
        sum(x.energy_kwh) as energy_kwh,
        case when count(*) filter (where x.energy_kwh is not null and x.cost is null) = 0 and count(distinct z.currency) = 1
            then sum(x.cost) end as cost,
        sum(x.energy_kwh) filter (where x.cost is null) as unpriced_kwh,
        bool_or(x.cost is not null) as has_price,
        case when count(*) filter (where x.energy_kwh is not null and x.co2_kg is null) = 0 then sum(x.co2_kg) end as co2_kg,
        sum(x.energy_kwh) filter (where x.co2_kg is null) as without_factor_kwh
    from analytics.lot_slice_cost as x
    join plant.site as z using (site_id)
    where x.lot_id = t.lot_id
) as c
left join lateral (
    select
        case when bool_and(e.energy_kwh is not null) then sum(e.energy_kwh) end as idle_kwh,
        case when bool_and(e.cost is not null) then sum(e.cost) end as idle_cost,
        case when bool_and(e.co2_kg is not null) then sum(e.co2_kg) end as idle_co2_kg
    from analytics.lot_idle as e
    where e.lot_id = t.lot_id
) as i on (select s.value <> 'none' from ops.setting as s where s.name = 'idle_allotment');
comment on view api.lot_cost is 'What lots cost: cost and CO2 of their energy, and apart from it what they bear of idle energy';
comment on column api.lot_cost.number is 'Lot number';
comment on column api.lot_cost.reference is 'Product made; NULL where nobody said';
comment on column api.lot_cost.finished_at is 'End, as in api.lot';
comment on column api.lot_cost.currency is 'Currency of the site; a lot of two currencies has no cost';
comment on column api.lot_cost.energy_kwh is 'Known energy of the main meters during its runs, kWh; see api.lot.energy_is_lower_bound for what is not known';
comment on column api.lot_cost.cost is 'What that energy costs, without demand charges and idle energy; NULL where a part of it has no price';
comment on column api.lot_cost.unpriced_kwh is 'Of the energy, kWh without a price: no tariff holds on its day, or its holidays are not known; NULL: none';
comment on column api.lot_cost.co2_kg is 'kg of CO2 equivalent; NULL where a part of it has no emission factor';
comment on column api.lot_cost.without_factor_kwh is 'Of the energy, kWh of days for which no emission factor is declared; NULL: none';
comment on column api.lot_cost.idle_kwh is 'Idle energy of its machines that it bears by the setting idle_allotment, kWh; NULL where the setting is none, or its share is not known';
comment on column api.lot_cost.idle_cost is 'Cost of that idle energy; not in cost';
comment on column api.lot_cost.idle_co2_kg is 'kg of CO2 equivalent of that idle energy; not in co2_kg';
comment on column api.lot_cost.status is 'known; part unpriced or no tariff: why there is no cost; no energy: none is known';

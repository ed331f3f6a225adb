-- Estimates of every lot by the version that was valid when it finished, or the first that knew its reference: lots
-- that are brought in later, and those that made a reference known, are judged by it. First its time, then its energy for the
-- time that it took. A lot under way counts with the time that it will take and the units that are planned, and without
-- drivers: what a sensor has said so far is not what it will have said. Of the levels that fit a lot and
-- whose inputs it has, the first by rank counts. See docs/analytics.md.
create view analytics.lot_estimate as
with known as (
    select e.reference, min(e.version) as version
    from analytics.lot_level as e
    where e.target = 'energy' and e.reference is not null and e.fall_back is null
    group by e.reference
),
lot as not materialized (
    select f.*, m.version, m.minimum_excess_kwh,
        case when f.finished_at is not null then f.quantity else f.planned_quantity end as input_quantity,
        case when f.finished_at is not null then f.drivers else '{}' end as input_drivers,
        date_part('epoch', r.planned_cycle) as planned_s
    from api.lot_feature as f
    left join plant.reference as r on r.code = f.reference
    left join known as k on k.reference = f.reference
    left join lateral (
        select max(x.version) as version from analytics.lot_model as x
        where x.reason is null and x.valid_from <= coalesce(f.finished_at, 'infinity')
    ) as v on true
    left join analytics.lot_model as m on m.version = greatest(v.version, k.version)
),
duration as (
    select distinct on (l.lot)
        l.lot, e.intercept + s.slope as mean, e.half_width, e.fall_back, e.lots, s.is_beyond
    from lot as l
    join analytics.lot_level as e on e.version = l.version and e.target = 'duration'
        and coalesce(e.reference, l.reference) = l.reference
        and coalesce(e.family, l.family) = l.family
        and coalesce(e.machine, l.machine) = l.machine
    cross join lateral (
        -- no slope where an input is not known
        select
            case when count(*) filter (where x.value is null or (not t.is_linear and x.value <= 0)) = 0
                then coalesce(
                    sum(t.coefficient * case when t.is_linear then x.value when x.value > 0 then ln(x.value + t.shift) end), 0
                ) end as slope,
            coalesce(bool_or(x.value < t.minimum * (1 - 1e-9) or x.value > t.maximum * (1 + 1e-9)), false) as is_beyond
        from analytics.lot_term as t
        cross join lateral (
            select case
                when t.is_driver then (l.input_drivers ->> t.input)::float8
                when t.input = 'quantity' then l.input_quantity
                else null::float8
            end as value
        ) as x
        where t.version = e.version and t.target = e.target and t.slopes = e.slopes
    ) as s
    where l.machine_s is not null and s.slope is not null
    order by l.lot, e.rank
),
timed as (
    select l.*,
        d.mean as duration_mean, d.half_width as duration_half_width, d.fall_back as duration_fall_back,
        d.lots as duration_lots,
        case
            when l.finished_at is not null then l.machine_s
            else greatest(l.machine_s, coalesce(exp(d.mean), l.planned_s))
        end as input_s
    from lot as l
    left join duration as d using (lot)
),
energy as (
    select distinct on (l.lot)
        l.lot, e.intercept + s.slope as mean, e.half_width, e.fall_back, e.lots, e.slopes, e.is_firm, s.is_beyond
    from timed as l
    join analytics.lot_level as e on e.version = l.version and e.target = 'energy'
        and coalesce(e.reference, l.reference) = l.reference
        and coalesce(e.family, l.family) = l.family
        and coalesce(e.machine, l.machine) = l.machine
    cross join lateral (
        -- no slope where an input is not known
        select
            case when count(*) filter (where x.value is null or (not t.is_linear and x.value <= 0)) = 0
                then coalesce(
                    sum(t.coefficient * case when t.is_linear then x.value when x.value > 0 then ln(x.value + t.shift) end), 0
                ) end as slope,
            coalesce(bool_or(x.value < t.minimum * (1 - 1e-9) or x.value > t.maximum * (1 + 1e-9)), false) as is_beyond
        from analytics.lot_term as t
        cross join lateral (
            select case
                when t.is_driver then (l.input_drivers ->> t.input)::float8
                when t.input = 'quantity' then l.input_quantity
                else l.input_s
            end as value
        ) as x
        where t.version = e.version and t.target = e.target and t.slopes = e.slopes
    ) as s
    where l.machine_s is not null and s.slope is not null
    order by l.lot, e.rank
)
select t.*,
    e.mean as energy_mean, e.half_width as energy_half_width, e.fall_back as energy_fall_back,
    e.lots as energy_lots, e.slopes as energy_slopes, e.is_firm, e.is_beyond
from timed as t
left join energy as e using (lot);

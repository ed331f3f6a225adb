-- Estimates of every lot by the version that was valid when it finished, or the first that knew its reference: lots
-- that are brought in later, and those that made a reference known, are judged by it. First its time, then its energy for the
-- time that it took. A lot under way counts with the time that it will take and the units that are planned, and without
-- drivers: what a sensor has said so far is not what it will have said. Of the levels that fit a lot and
-- whose inputs it has, the first by rank counts. See docs/analytics.md.
create view analytics.lot_estimate as
with lot as (
    select f.*, m.version, m.minimum_excess_kwh,
        case when f.finished_at is not null then f.quantity else f.planned_quantity end as input_quantity,
        case when f.finished_at is not null then f.drivers else '{}' end as input_drivers,
        date_part('epoch', r.planned_cycle) as planned_s
    from api.lot_feature as f
    left join plant.reference as r on r.code = f.reference
    left join lateral (
        select min(e.version) as version
        from analytics.lot_level as e
        where e.target = 'energy' and e.reference = f.reference and e.fall_back is null
    ) as k on true
    left join lateral (
        select max(x.version) as version from analytics.lot_model as x
        where x.reason is null and x.valid_from <= coalesce(f.finished_at, 'infinity')
    ) as v on true
    left join analytics.lot_model as m on m.version = greatest(v.version, k.version)
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
    left join lateral (
        select e.intercept + s.slope as mean, e.half_width, e.fall_back, e.lots, s.is_beyond
        from analytics.lot_level as e
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
        where e.version = l.version and e.target = 'duration'
            and (e.reference is null or e.reference = l.reference)
            and (e.family is null or e.family = l.family)
            and (e.machine is null or e.machine = l.machine)
            and l.machine_s is not null and s.slope is not null
        order by e.rank
        limit 1
    ) as d on true
)
select l.*,
    e.mean as energy_mean, e.half_width as energy_half_width, e.fall_back as energy_fall_back,
    e.lots as energy_lots, e.slopes as energy_slopes, e.is_firm, e.is_beyond
from timed as l
left join lateral (
    select e.intercept + s.slope as mean, e.half_width, e.fall_back, e.lots, e.slopes, e.is_firm, s.is_beyond
    from analytics.lot_level as e
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
    where e.version = l.version and e.target = 'energy'
        and (e.reference is null or e.reference = l.reference)
        and (e.family is null or e.family = l.family)
        and (e.machine is null or e.machine = l.machine)
        and l.machine_s is not null and s.slope is not null
    order by e.rank
    limit 1
) as e on true;

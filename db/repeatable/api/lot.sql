create view api.lot as
with setting as (
    select
        (select s.value::float8 from ops.setting as s where s.name = 'kpi_minimum_coverage') as minimum_coverage,
        (select s.value::int from ops.setting as s where s.name = 'bounds_minimum_lots') as minimum_lots
),
span as not materialized (
    -- a run that is open, or ends later than now, counts until now; one that is yet to begin not at all
    select n.lot_id, n.machine_id, n.operator_id, n.during,
        greatest(date_part('epoch', least(coalesce(upper(n.during), now()), now()) - lower(n.during)), 0) as run_s
    from plant.lot_run as n
),
measured as not materialized (
    -- side by side by adding up, not by a join: how many rows two sums share nobody can foresee
    select x.lot_id, x.machine_id, x.carrier, sum(x.run_s) as run_s, sum(x.energy_kwh) as energy_kwh,
        sum(x.measured_s) as measured_s, sum(x.known_s) as known_s
    from (
        -- each place that a lot should be measured at; carrier NULL: a machine without a meter
        select n.lot_id, n.machine_id, p.carrier, n.run_s, null::float8 as energy_kwh, null::float8 as measured_s, null::float8 as known_s
        from span as n
        left join lateral (
            -- a meter and the one that replaced it stand in one place: the machine's connection to a carrier
            select distinct k.carrier from plant.sensor as k where k.machine_id = n.machine_id and k.role = 'main_energy'
        ) as p on true
        union all
        select e.lot_id, e.machine_id, (select k.carrier from plant.sensor as k where k.sensor_id = e.sensor_id), null,
            e.amount, e.measured_s, e.known_s
        from analytics.lot_sum as e
        where e.role = 'main_energy'
    ) as x
    group by x.lot_id, x.machine_id, x.carrier
),
power as materialized (
    -- of each meter by itself: the power of one says nothing about another. Asked for where a lot has a gap alone
    select t.reference_id, m.machine_id, m.carrier,
        percentile_cont(0.05) within group (order by m.energy_kwh / m.known_s * 3600) as p05_kw,
        percentile_cont(0.95) within group (order by m.energy_kwh / m.known_s * 3600) as p95_kw
    from measured as m
    join plant.lot as t using (lot_id)
    cross join setting as s
    where m.known_s > 0 and m.energy_kwh is not null and m.measured_s >= s.minimum_coverage * m.run_s
        and t.reference_id is not null
    group by t.reference_id, m.machine_id, m.carrier
    having count(*) >= (select minimum_lots from setting)
),
lot as (
    -- what follows the times of lots is worked out lot by lot, for those that are asked for
    select t.lot_id, t.number, f.code as reference, f.unit, w.machine, w.operator,
        coalesce(t.started_at, r.started_at) as started_at,
        case when coalesce(t.finished_at, r.finished_at) <= now() then coalesce(t.finished_at, r.finished_at) end as finished_at,
        r.machine_s, t.planned_quantity,
        coalesce(t.good_quantity, u.quantity) as quantity,
        t.scrap_quantity,
        e.energy_kwh,
        case when b.energy_s > 0 then b.is_lower_bound end as energy_is_lower_bound,
        case when b.energy_s > 0 then case when b.is_lower_bound then coalesce(e.energy_kwh, 0) + b.low_kwh else e.energy_kwh end end
        as energy_kwh_low,
        case when b.energy_s > 0 then case when b.is_lower_bound then coalesce(e.energy_kwh, 0) + b.high_kwh else e.energy_kwh end end
        as energy_kwh_high,
        case when b.energy_s > 0 then coalesce(e.energy_s, 0) / b.energy_s end as energy_coverage,
        case when w.temperature_s > 0 then coalesce(e.temperature_s, 0) / w.temperature_s end as temperature_coverage,
        case when w.thermometers = 1 then e.mean_c end as temperature_c_mean,
        case when w.thermometers = 1 then e.minimum_c end as temperature_c_min,
        case when w.thermometers = 1 then e.maximum_c end as temperature_c_max,
        case when w.thermometers = 1 then e.below_s end as temperature_below_s,
        case when w.thermometers = 1 then e.above_s end as temperature_above_s,
        coalesce(e.flags, 0) | coalesce(u.flags, 0) as flags
    from plant.lot as t
    left join plant.reference as f using (reference_id)
    left join (
        select n.lot_id,
            min(lower(n.during)) as started_at,
            case when not bool_or(upper_inf(n.during)) then max(upper(n.during)) end as finished_at,
            sum(n.run_s) as machine_s
        from span as n
        group by n.lot_id
    ) as r using (lot_id)
    left join lateral (
        select string_agg(distinct p.code, ', ') as machine, string_agg(distinct o.code, ', ') as operator,
            sum(n.run_s) filter (where h.is_there) as temperature_s,
            count(distinct n.machine_id) filter (where h.is_there) as thermometers
        from span as n
        join plant.machine as p using (machine_id)
        left join plant.operator as o using (operator_id)
        cross join lateral (
            select exists (
                select from plant.sensor as k where k.machine_id = n.machine_id and k.role = 'process_temperature'
            ) as is_there
        ) as h
        where n.lot_id = t.lot_id
    ) as w on true
    left join lateral (
        select
            sum(u.amount) filter (where u.role = 'main_energy') as energy_kwh,
            sum(u.measured_s) filter (where u.role = 'main_energy') as energy_s,
            sum(u.measured_s) filter (where u.role = 'process_temperature') as temperature_s,
            sum(u.value_s) filter (where u.role = 'process_temperature')
            / nullif(sum(u.measured_s) filter (where u.role = 'process_temperature'), 0) as mean_c,
            min(u.minimum) filter (where u.role = 'process_temperature') as minimum_c,
            max(u.maximum) filter (where u.role = 'process_temperature') as maximum_c,
            sum(u.below_s) filter (where u.role = 'process_temperature') as below_s,
            sum(u.above_s) filter (where u.role = 'process_temperature') as above_s,
            bit_or(u.flags) filter (where u.role in ('main_energy', 'process_temperature')) as flags
        from analytics.lot_sum as u
        where u.lot_id = t.lot_id
    ) as e on true
    left join lateral (
        -- up to a second is rounding. A meter without history has no bounds, nor has a lot with such a meter
        select sum(x.run_s) as energy_s, bool_or(x.unknown_s > 1) as is_lower_bound,
            case when not bool_or(x.unknown_s > 1 and x.kw[1] is null)
                then coalesce(sum(x.unknown_s * x.kw[1]) filter (where x.unknown_s > 1), 0) / 3600 end as low_kwh,
            case when not bool_or(x.unknown_s > 1 and x.kw[2] is null)
                then coalesce(sum(x.unknown_s * x.kw[2]) filter (where x.unknown_s > 1), 0) / 3600 end as high_kwh
        from (
            select m.run_s, g.unknown_s,
                case when g.unknown_s > 1 then (
                    select array[p.p05_kw, p.p95_kw] from power as p
                    where p.reference_id = t.reference_id and p.machine_id = m.machine_id and p.carrier = m.carrier
                ) end as kw
            from measured as m
            cross join lateral (select greatest(m.run_s - coalesce(m.known_s, 0), 0) as unknown_s) as g
            -- without run_s: what was measured on a machine that the lot no longer ran on
            where m.lot_id = t.lot_id and m.run_s is not null
        ) as x
    ) as b on true
    left join lateral (
        -- one row at most: as an aggregate it is left out where nobody asks for it, and never made for every lot at once
        select min(o.quantity) as quantity, min(o.flags) as flags
        from analytics.lot_output as o where t.good_quantity is null and o.lot_id = t.lot_id
    ) as u on true
)
select
    l.number,
    l.reference,
    l.machine,
    l.operator,
    l.started_at,
    l.finished_at,
    date_part('epoch', l.finished_at - l.started_at) as duration_s,
    l.machine_s,
    l.planned_quantity,
    l.quantity,
    l.unit,
    l.scrap_quantity,
    l.energy_kwh,
    l.energy_is_lower_bound,
    l.energy_kwh_low,
    l.energy_kwh_high,
    case when l.energy_coverage >= s.minimum_coverage then l.energy_kwh / nullif(l.quantity, 0) end as energy_kwh_per_unit,
    l.energy_coverage,
    l.temperature_c_mean,
    l.temperature_c_min,
    l.temperature_c_max,
    l.temperature_coverage,
    l.temperature_below_s,
    l.temperature_above_s,
    l.flags & 32 > 0 as is_estimated
from lot as l
cross join setting as s;
comment on view api.lot is 'Lots: products made, duration, energy, energy per unit, temperature, and how much of the time was really measured';
comment on column api.lot.number is 'Lot number';
comment on column api.lot.reference is 'Product made; NULL where nobody said';
comment on column api.lot.machine is 'Machines that ran it';
comment on column api.lot.operator is 'Operators who ran it';
comment on column api.lot.started_at is 'Start: declared, or the start of its first run';
comment on column api.lot.finished_at is 'End: declared, or the end of its last run; NULL while one is open or the end lies in the future';
comment on column api.lot.duration_s is 'finished_at - started_at, seconds; NULL while it is not finished';
comment on column api.lot.machine_s is 'Sum of its runs, seconds of machine time; until now for a run that is not over';
comment on column api.lot.planned_quantity is 'Units planned';
comment on column api.lot.quantity is 'Good units: declared, or counted where one machine counts and its counter is known for at least kpi_minimum_coverage of its runs; else NULL';
comment on column api.lot.unit is 'What a unit is, from the reference';
comment on column api.lot.scrap_quantity is 'Scrapped units';
comment on column api.lot.energy_kwh is 'Energy of the main meters during its runs, kWh; NULL where none was measured; see energy_is_lower_bound';
comment on column api.lot.energy_is_lower_bound is 'True where part of its time has no known energy: energy_kwh is then what is known, and the bounds say what may be';
comment on column api.lot.energy_kwh_low is 'Known energy, and for the unknown time of each meter the 5th percentile of its mean power in lots of this reference; NULL where one of them has not enough lots (setting bounds_minimum_lots) or a machine has no meter';
comment on column api.lot.energy_kwh_high is 'Known energy, and for the unknown time of each meter the 95th percentile of its mean power in lots of this reference; NULL where one of them has not enough lots (setting bounds_minimum_lots) or a machine has no meter';
comment on column api.lot.energy_kwh_per_unit is 'kWh per good unit; NULL where energy_coverage is below the setting kpi_minimum_coverage, or nothing was made, or quantity is not known';
comment on column api.lot.energy_coverage is 'Measured seconds / (run seconds x meters that should measure, machines without a meter included)';
comment on column api.lot.temperature_c_mean is 'Time-weighted mean of the process temperature, degrees C; NULL where more than one machine has one';
comment on column api.lot.temperature_c_min is 'Lowest observed process temperature, degrees C';
comment on column api.lot.temperature_c_max is 'Highest observed process temperature, degrees C';
comment on column api.lot.temperature_coverage is 'Measured seconds / run seconds of the machines that have a process temperature';
comment on column api.lot.temperature_below_s is 'Seconds below the band of the reference';
comment on column api.lot.temperature_above_s is 'Seconds above the band of the reference';
comment on column api.lot.is_estimated is 'True where part of its energy, its temperature or its counted quantity was shared out by time, because readings are past retention';

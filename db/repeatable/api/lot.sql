create view api.lot as
with setting as (
    select
        (select s.value::float8 from ops.setting as s where s.name = 'kpi_minimum_coverage') as minimum_coverage,
        (select s.value::int from ops.setting as s where s.name = 'bounds_minimum_lots') as minimum_lots
),
machine as (
    select m.machine_id,
        count(s.sensor_id) filter (where s.role = 'main_energy') as meters,
        bool_or(s.role = 'process_temperature') as has_temperature
    from plant.machine as m left join plant.sensor as s using (machine_id)
    group by m.machine_id
),
run as (
    select n.lot_id,
        min(lower(n.during)) as started_at,
        case when not bool_or(upper_inf(n.during)) then max(upper(n.during)) end as finished_at,
        sum(x.run_s) as machine_s,
        sum(x.run_s * greatest(m.meters, 1)) as energy_s,
        sum(x.run_s) filter (where m.has_temperature) as temperature_s,
        count(distinct n.machine_id) filter (where m.has_temperature) as thermometers,
        string_agg(distinct p.code, ', ') as machine,
        string_agg(distinct o.code, ', ') as operator
    from plant.lot_run as n
    join machine as m using (machine_id)
    join plant.machine as p using (machine_id)
    left join plant.operator as o using (operator_id)
    cross join lateral (
        select date_part('epoch', coalesce(upper(n.during), greatest(now(), lower(n.during))) - lower(n.during)) as run_s
    ) as x
    group by n.lot_id
),
energy as (
    select lot_id, sum(energy_kwh) as energy_kwh, sum(measured_s) as measured_s, sum(known_s) as known_s,
        bit_or(flags) as flags
    from telemetry.energy_lot_hourly group by lot_id
),
temperature as (
    select lot_id, sum(value_s) / nullif(sum(measured_s), 0) as mean_c, sum(measured_s) as measured_s,
        min(minimum_c) as minimum_c, max(maximum_c) as maximum_c, sum(below_s) as below_s, sum(above_s) as above_s
    from telemetry.temperature_lot_hourly group by lot_id
),
output as (
    -- machines in a row count the same pieces: only where one machine counts is it the lot's number
    select lot_id, case when count(distinct machine_id) = 1 then sum(quantity) end as quantity
    from telemetry.output_lot_hourly group by lot_id
),
lot as (
    select t.lot_id, t.number, t.reference_id, f.code as reference, f.unit, r.machine, r.operator,
        coalesce(t.started_at, r.started_at) as started_at,
        coalesce(t.finished_at, r.finished_at) as finished_at,
        r.machine_s, t.planned_quantity,
        coalesce(t.good_quantity, u.quantity) as quantity,
        t.scrap_quantity,
        e.energy_kwh, e.known_s, coalesce(e.flags, 0) as flags,
        r.energy_s,
        case when r.energy_s > 0 then coalesce(e.measured_s, 0) / r.energy_s end as energy_coverage,
        case when r.temperature_s > 0 then coalesce(h.measured_s, 0) / r.temperature_s end as temperature_coverage,
        case when r.thermometers = 1 then h.mean_c end as temperature_c_mean,
        case when r.thermometers = 1 then h.minimum_c end as temperature_c_min,
        case when r.thermometers = 1 then h.maximum_c end as temperature_c_max,
        case when r.thermometers = 1 then h.below_s end as temperature_below_s,
        case when r.thermometers = 1 then h.above_s end as temperature_above_s
    from plant.lot as t
    left join plant.reference as f using (reference_id)
    left join run as r using (lot_id)
    left join energy as e using (lot_id)
    left join temperature as h using (lot_id)
    left join output as u using (lot_id)
),
power as (
    select l.reference_id,
        percentile_cont(0.05) within group (order by l.energy_kwh / l.known_s * 3600) as p05_kw,
        percentile_cont(0.95) within group (order by l.energy_kwh / l.known_s * 3600) as p95_kw
    from lot as l cross join setting as s
    where l.known_s > 0 and l.energy_coverage >= s.minimum_coverage and l.reference_id is not null
    group by l.reference_id
    having count(*) >= (select minimum_lots from setting)
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
    x.unknown_s > 1 as energy_is_lower_bound,
    case when x.unknown_s <= 1 then l.energy_kwh else coalesce(l.energy_kwh, 0) + x.unknown_s * p.p05_kw / 3600 end as energy_kwh_low,
    case when x.unknown_s <= 1 then l.energy_kwh else coalesce(l.energy_kwh, 0) + x.unknown_s * p.p95_kw / 3600 end as energy_kwh_high,
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
cross join setting as s
cross join lateral (
    select case when l.energy_s > 0 then greatest(l.energy_s - coalesce(l.known_s, 0), 0) end as unknown_s
) as x
left join power as p using (reference_id);
comment on view api.lot is 'Lots: products made, duration, energy, energy per unit, temperature, and how much of the time was really measured';
comment on column api.lot.number is 'Lot number';
comment on column api.lot.reference is 'Product made; NULL where nobody said';
comment on column api.lot.machine is 'Machines that ran it';
comment on column api.lot.operator is 'Operators who ran it';
comment on column api.lot.started_at is 'Start: declared, or the start of its first run';
comment on column api.lot.finished_at is 'End: declared, or the end of its last run; NULL while one is open';
comment on column api.lot.duration_s is 'finished_at - started_at, seconds';
comment on column api.lot.machine_s is 'Sum of its runs, seconds of machine time; until now for an open run';
comment on column api.lot.planned_quantity is 'Units planned';
comment on column api.lot.quantity is 'Good units: declared, or counted where one machine counts; NULL where neither';
comment on column api.lot.unit is 'What a unit is, from the reference';
comment on column api.lot.scrap_quantity is 'Scrapped units';
comment on column api.lot.energy_kwh is 'Energy of the main meters during its runs, kWh; NULL where none was measured; see energy_is_lower_bound';
comment on column api.lot.energy_is_lower_bound is 'True where part of its time has no known energy: energy_kwh is then what is known, and the bounds say what may be';
comment on column api.lot.energy_kwh_low is 'Known energy, and for the unknown time the 5th percentile of mean power of lots of this reference; NULL without enough lots';
comment on column api.lot.energy_kwh_high is 'Known energy, and for the unknown time the 95th percentile of mean power of lots of this reference; NULL without enough lots';
comment on column api.lot.energy_kwh_per_unit is 'kWh per good unit; NULL where energy_coverage is below the setting kpi_minimum_coverage or nothing was made';
comment on column api.lot.energy_coverage is 'Measured seconds / (run seconds x meters that should measure, machines without a meter included)';
comment on column api.lot.temperature_c_mean is 'Time-weighted mean of the process temperature, degrees C; NULL where more than one machine has one';
comment on column api.lot.temperature_c_min is 'Lowest observed process temperature, degrees C';
comment on column api.lot.temperature_c_max is 'Highest observed process temperature, degrees C';
comment on column api.lot.temperature_coverage is 'Measured seconds / run seconds of the machines that have a process temperature';
comment on column api.lot.temperature_below_s is 'Seconds below the band of the reference';
comment on column api.lot.temperature_above_s is 'Seconds above the band of the reference';
comment on column api.lot.is_estimated is 'True where part of it was shared out by time, because its readings are past retention';

-- Each part by itself, one row for each reference: who asks for names alone waits for no figures.
create view api.reference as
select
    f.code as reference,
    f.name,
    f.description,
    f.family,
    f.unit,
    coalesce(l.lots, 0) as lots,
    l.quantity,
    l.duration_s_mean,
    l.energy_kwh,
    coalesce(l.lots_with_energy, 0) as lots_with_energy,
    l.energy_kwh_per_unit,
    l.energy_kwh_per_unit_p05,
    l.energy_kwh_per_unit_p50,
    l.energy_kwh_per_unit_p95,
    case when x.reference_id is null then h.value_s / nullif(h.measured_s, 0) end as temperature_c_mean,
    case when x.reference_id is null then h.minimum_c end as temperature_c_min,
    case when x.reference_id is null then h.maximum_c end as temperature_c_max,
    f.temperature_minimum_c as band_minimum_c,
    f.temperature_maximum_c as band_maximum_c
from plant.reference as f
left join (
    select t.reference,
        count(*) as lots,
        sum(t.quantity) as quantity,
        avg(t.duration_s) as duration_s_mean,
        sum(t.energy_kwh) as energy_kwh,
        count(t.energy_kwh_per_unit) as lots_with_energy,
        sum(t.energy_kwh) filter (where t.energy_kwh_per_unit is not null)
        / nullif(sum(t.quantity) filter (where t.energy_kwh_per_unit is not null), 0) as energy_kwh_per_unit,
        percentile_cont(0.05) within group (order by t.energy_kwh_per_unit) as energy_kwh_per_unit_p05,
        percentile_cont(0.5) within group (order by t.energy_kwh_per_unit) as energy_kwh_per_unit_p50,
        percentile_cont(0.95) within group (order by t.energy_kwh_per_unit) as energy_kwh_per_unit_p95
    from api.lot as t
    group by t.reference
) as l on l.reference = f.code
left join (
    select t.reference_id, sum(u.value_s) as value_s, sum(u.measured_s) as measured_s,
        min(u.minimum) as minimum_c, max(u.maximum) as maximum_c
    from analytics.lot_sum as u
    join plant.lot as t using (lot_id)
    where u.role = 'process_temperature'
    group by t.reference_id
) as h on h.reference_id = f.reference_id
left join (
    -- an oven and a cooler have no common temperature
    select t.reference_id
    from plant.lot_run as n
    join plant.lot as t using (lot_id)
    join plant.sensor as s on s.machine_id = n.machine_id and s.role = 'process_temperature'
    group by t.reference_id
    having count(distinct (t.lot_id, n.machine_id)) > count(distinct t.lot_id)
) as x on x.reference_id = f.reference_id;
comment on view api.reference is 'References: lots and products made, mean duration, energy per unit with its spread over lots, temperature';
comment on column api.reference.reference is 'Code of the product';
comment on column api.reference.name is 'Name';
comment on column api.reference.description is 'Description';
comment on column api.reference.family is 'Family of products';
comment on column api.reference.unit is 'What a unit is';
comment on column api.reference.lots is 'Number of lots';
comment on column api.reference.quantity is 'Good units made';
comment on column api.reference.duration_s_mean is 'Mean duration of its lots, seconds';
comment on column api.reference.energy_kwh is 'Known energy of its lots, kWh';
comment on column api.reference.lots_with_energy is 'Number of lots behind the figures of energy per unit: measured well enough, with units counted';
comment on column api.reference.energy_kwh_per_unit is 'kWh per good unit: sum of energy / sum of units of lots_with_energy; never a mean of ratios';
comment on column api.reference.energy_kwh_per_unit_p05 is '5th percentile over lots';
comment on column api.reference.energy_kwh_per_unit_p50 is 'Median over lots';
comment on column api.reference.energy_kwh_per_unit_p95 is '95th percentile over lots';
comment on column api.reference.temperature_c_mean is 'Time-weighted mean of the process temperature of its lots, degrees C; NULL where one of its lots has more than one machine with a process temperature';
comment on column api.reference.temperature_c_min is 'Lowest observed, degrees C; NULL where one of its lots has more than one machine with a process temperature';
comment on column api.reference.temperature_c_max is 'Highest observed, degrees C; NULL where one of its lots has more than one machine with a process temperature';
comment on column api.reference.band_minimum_c is 'Lower end of its temperature band, degrees C';
comment on column api.reference.band_maximum_c is 'Upper end of its temperature band, degrees C';

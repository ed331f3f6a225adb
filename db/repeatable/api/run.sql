create view api.run as
select
    n.run_id as run,
    t.number as lot,
    f.code as reference,
    m.code as machine,
    o.code as operator,
    n.source::text as source,
    lower(n.during) as started_at,
    case when upper(n.during) <= now() then upper(n.during) end as finished_at,
    x.run_s as duration_s,
    h.energy_kwh,
    case when p.has_meter then coalesce(h.energy_s, 0) / nullif(x.run_s * p.meters, 0) end as energy_coverage,
    h.value_s / nullif(h.measured_s, 0) as temperature_c_mean,
    h.minimum_c as temperature_c_min,
    h.maximum_c as temperature_c_max,
    h.below_s as temperature_below_s,
    h.above_s as temperature_above_s
from plant.lot_run as n
join plant.lot as t using (lot_id)
join plant.machine as m using (machine_id)
cross join lateral (
    select greatest(date_part('epoch', least(coalesce(upper(n.during), now()), now()) - lower(n.during)), 0) as run_s
) as x
left join plant.reference as f using (reference_id)
left join plant.operator as o using (operator_id)
left join lateral (
    select count(distinct k.carrier) as meters, count(*) > 0 as has_meter
    from plant.sensor as k where k.machine_id = n.machine_id and k.role = 'main_energy'
) as p on true
left join lateral (
    -- of its own rows: a filter on lots, machines or time reaches them
    select
        sum(u.amount) filter (where u.role = 'main_energy') as energy_kwh,
        sum(u.measured_s) filter (where u.role = 'main_energy') as energy_s,
        sum(u.value_s) filter (where u.role = 'process_temperature') as value_s,
        sum(u.measured_s) filter (where u.role = 'process_temperature') as measured_s,
        min(u.minimum) filter (where u.role = 'process_temperature') as minimum_c,
        max(u.maximum) filter (where u.role = 'process_temperature') as maximum_c,
        sum(u.below_s) filter (where u.role = 'process_temperature') as below_s,
        sum(u.above_s) filter (where u.role = 'process_temperature') as above_s
    from analytics.lot_sum as u
    where u.lot_id = n.lot_id and u.run_id = n.run_id
) as h on true;
comment on view api.run is 'Runs of lots on machines: who had a machine, from when to when, and by whose word';
comment on column api.run.run is 'Number of the run, for lotwatt run move and close';
comment on column api.run.lot is 'Lot';
comment on column api.run.reference is 'Product of the lot';
comment on column api.run.machine is 'Machine';
comment on column api.run.operator is 'Operator';
comment on column api.run.source is 'By whose word: payload, event, declared or correction; the later in this list wins';
comment on column api.run.started_at is 'Start of the run';
comment on column api.run.finished_at is 'End of the run; NULL while it is open or its end lies in the future';
comment on column api.run.duration_s is 'Seconds of machine time: until now for a run that is not over, 0 for one that is yet to begin';
comment on column api.run.energy_kwh is 'Energy of the main meters of the machine during the run, kWh; NULL where none was measured';
comment on column api.run.energy_coverage is 'Share of the run''s time that its main meters really measured; until now for a run that is not over; NULL where the machine has no meter';
comment on column api.run.temperature_c_mean is 'Time-weighted mean of the process temperature, degrees C';
comment on column api.run.temperature_c_min is 'Lowest observed process temperature, degrees C';
comment on column api.run.temperature_c_max is 'Highest observed process temperature, degrees C';
comment on column api.run.temperature_below_s is 'Seconds below the band of the reference';
comment on column api.run.temperature_above_s is 'Seconds above the band of the reference';

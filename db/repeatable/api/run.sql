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
    e.energy_kwh,
    case when p.has_meter then coalesce(e.measured_s, 0) / nullif(x.run_s * p.meters, 0) end as energy_coverage,
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
left join (
    select machine_id, count(distinct carrier) as meters, true as has_meter
    from plant.sensor where role = 'main_energy' group by machine_id
) as p using (machine_id)
left join (
    select run_id, sum(energy_kwh) as energy_kwh, sum(measured_s) as measured_s
    from telemetry.energy_lot_hourly group by run_id
) as e using (run_id)
left join (
    select run_id, sum(value_s) as value_s, sum(measured_s) as measured_s,
        min(minimum_c) as minimum_c, max(maximum_c) as maximum_c,
        sum(below_s) as below_s, sum(above_s) as above_s
    from telemetry.temperature_lot_hourly group by run_id
) as h using (run_id);
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

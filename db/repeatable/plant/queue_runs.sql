-- Queues what was measured during the runs of lots: their reference changed, or its band did.
create or replace function plant.queue_runs(p_lot_ids int[], p_roles plant.sensor_role[], p_cause text)
returns void
language sql volatile
begin atomic
    select plant.queue_sensors(
        array_agg(s.sensor_id), lower(r.during), coalesce(upper(r.during), 'infinity'), p_cause
    )
    from plant.lot_run as r
    inner join plant.sensor as s on r.machine_id = s.machine_id
    where r.lot_id = any(p_lot_ids) and (p_roles is null or s.role = any(p_roles))
    group by r.run_id, r.during;
end;
comment on function plant.queue_runs(int[], plant.sensor_role[], text) is
'Queues the slices of all sensors (or of those with one of the roles) in the runs of lots, and says why';

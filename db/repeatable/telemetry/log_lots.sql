-- Why did this number change? The figures of closed lots are remembered; when one moves, the old
-- value, the new one and what caused it are logged. Lots that are still running, or that are being
-- worked out for the first time, just grow. Their slices were added up before.
create or replace function telemetry.log_lots(p_lot_ids int[], p_sensor_ids int[], p_causes telemetry.dirty[])
returns void
language sql volatile
as $$
    with touched as (
        select lot_id, array_agg(sensor_id) as sensor_ids
        from unnest(p_lot_ids, p_sensor_ids) as t (lot_id, sensor_id)
        group by lot_id
    ),
    closed as materialized (
        select t.lot_id, t.sensor_ids
        from touched as t
        where not exists (
            select from plant.lot_run as r where r.lot_id = t.lot_id and coalesce(upper(r.during) > now(), true)
        )
    ),
    figure as materialized (
        select c.lot_id, e.energy_kwh, e.known_s, h.value_s / nullif(h.measured_s, 0) as temperature_c_mean, h.measured_s
        from closed as c
        cross join lateral (
            select sum(s.amount) as energy_kwh, sum(s.known_s) as known_s
            from telemetry.lot_sum as s
            where s.lot_id = c.lot_id and s.role = 'main_energy'
        ) as e
        cross join lateral (
            select case when count(distinct s.machine_id) = 1 then sum(s.value_s) end as value_s,
                sum(s.measured_s) as measured_s
            from telemetry.lot_sum as s
            where s.lot_id = c.lot_id and s.role = 'process_temperature'
        ) as h
    ),
    -- what a person or an event said tells more than that readings came
    cause as (
        select c.lot_id, array_agg(distinct d.cause) as causes,
            array_agg(distinct d.cause) filter (where d.cause not in ('reading', 'claim')) as words
        from closed as c
        join unnest(p_causes) as d on d.sensor_ids && c.sensor_ids
        group by c.lot_id
    ),
    change as (
        insert into telemetry.lot_change (lot_id, figure, old_value, new_value, cause)
        select f.lot_id, x.figure, x.old_value, x.new_value,
            array_to_string((coalesce(c.words, c.causes, '{reading}'))[1:3], '; ')
            || case when cardinality(coalesce(c.words, c.causes)) > 3
                then format('; and %s more', cardinality(coalesce(c.words, c.causes)) - 3) else '' end
        from figure as f
        join telemetry.lot_figure as o on o.lot_id = f.lot_id
        left join cause as c on c.lot_id = f.lot_id
        cross join lateral (values
            ('energy_kwh', o.energy_kwh, f.energy_kwh),
            ('temperature_c_mean', o.temperature_c_mean, f.temperature_c_mean)
        ) as x (figure, old_value, new_value)
        where not o.is_provisional and x.old_value is distinct from x.new_value
            and coalesce(abs(x.new_value - x.old_value) > 1e-9 * greatest(abs(x.old_value), abs(x.new_value), 1e-3), true)
    )
    insert into telemetry.lot_figure as o (
        lot_id, energy_kwh, energy_known_s, temperature_c_mean, temperature_measured_s
    )
    select lot_id, energy_kwh, known_s, temperature_c_mean, measured_s from figure
    on conflict (lot_id) do update set
        energy_kwh = excluded.energy_kwh, energy_known_s = excluded.energy_known_s,
        temperature_c_mean = excluded.temperature_c_mean,
        temperature_measured_s = excluded.temperature_measured_s, settled_at = now()
    where (o.energy_kwh, o.energy_known_s, o.temperature_c_mean, o.temperature_measured_s)
        is distinct from
        (excluded.energy_kwh, excluded.energy_known_s, excluded.temperature_c_mean, excluded.temperature_measured_s)
$$;
comment on function telemetry.log_lots(int[], int[], telemetry.dirty[]) is
'Logs changes of the figures of closed lots with their cause';

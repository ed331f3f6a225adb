-- From readings, by way of pieces, of many lots at once: a piece that reaches into two phases is shared out by time. A phase of which less
-- than half was measured is not known. Power is of all main meters together, so one that was silent makes it unknown.
create or replace function analytics.lot_phase(p_lots text[], p_phases int)
returns table (
    lot text, phase int, from_time timestamptz, to_time timestamptz, temperature_c float8, power_kw float8
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    with lot as (
        select t.lot_id, t.number, min(lower(n.during)) as start,
            max(least(coalesce(upper(n.during), now()), now())) as finish
        from plant.lot as t
        join plant.lot_run as n using (lot_id)
        where t.number = any (p_lots)
        group by t.lot_id
        having max(least(coalesce(upper(n.during), now()), now())) > min(lower(n.during))
    ),
    sensor as (
        select s.sensor_id, s.role, s.machine_id, l.lot_id, l.start, l.finish,
            date_part('epoch', l.finish - l.start) / p_phases as phase_s
        from lot as l
        cross join plant.sensor as s
        where s.role in ('main_energy', 'process_temperature')
            and s.machine_id in (select n.machine_id from plant.lot_run as n where n.lot_id = l.lot_id)
    ),
    -- two lots may share a quarter-hour: it is asked for once
    spans as (
        select s.sensor_id, unnest(range_agg(tstzrange(
            date_bin('15 minutes', s.start, 'epoch'), date_bin('15 minutes', s.finish, 'epoch') + interval '15 minutes'
        ))) as span
        from sensor as s
        group by s.sensor_id
    ),
    asked as (
        select array_agg(s.sensor_id) as ids, array_agg(lower(s.span)) as starts, array_agg(upper(s.span)) as ends
        from spans as s
    ),
    piece as (
        select s.lot_id, s.sensor_id, s.role, s.phase_s,
            case when s.role = 'main_energy' then p.amount else p.value_s end as total,
            date_part('epoch', p.from_time - s.start) as a,
            date_part('epoch', p.to_time - s.start) as z
        from asked as q
        cross join lateral telemetry.piece(q.ids, q.starts, q.ends) as p
        join sensor as s on s.sensor_id = p.sensor_id and s.lot_id = p.lot_id
        where p.to_time > p.from_time
            and case when s.role = 'main_energy' then p.known_s else p.measured_s end > 0
    ),
    part as (
        select p.lot_id, p.sensor_id, p.role, i.phase, p.phase_s,
            sum(x.s) as known_s,
            sum(p.total * x.s / (p.z - p.a)) as total
        from piece as p
        cross join lateral generate_series(
            floor(p.a / p.phase_s + 1e-9)::int, least(ceil(p.z / p.phase_s - 1e-9)::int, p_phases) - 1
        ) as i (phase)
        cross join lateral (
            select least(p.z, (i.phase + 1) * p.phase_s) - greatest(p.a, i.phase * p.phase_s) as s
        ) as x
        where x.s > 0 and p.total is not null
        group by p.lot_id, p.sensor_id, p.role, i.phase, p.phase_s
    ),
    meter as (
        -- a meter and the one that replaced it stand in one place
        select s.lot_id,
            count(distinct (s.machine_id, k.carrier)) filter (where s.role = 'main_energy') as meters,
            count(distinct s.machine_id) filter (where s.role = 'process_temperature') as thermometers
        from sensor as s
        join plant.sensor as k using (sensor_id)
        group by s.lot_id
    ),
    measured as (
        select p.lot_id, p.phase,
            sum(p.total / p.known_s * 3600) filter (where p.role = 'main_energy') as power_kw,
            count(*) filter (where p.role = 'main_energy') as meters,
            sum(p.total) filter (where p.role = 'process_temperature')
            / nullif(sum(p.known_s) filter (where p.role = 'process_temperature'), 0) as temperature_c
        from part as p
        where p.known_s >= 0.5 * p.phase_s
        group by p.lot_id, p.phase
    )
    select l.number, i.phase + 1,
        l.start + i.phase * ((l.finish - l.start) / p_phases),
        l.start + (i.phase + 1) * ((l.finish - l.start) / p_phases),
        case when m.thermometers = 1 then x.temperature_c end,
        case when x.meters >= m.meters and m.meters > 0 then x.power_kw end
    from lot as l
    cross join generate_series(0, p_phases - 1) as i (phase)
    left join meter as m on m.lot_id = l.lot_id
    left join measured as x on x.lot_id = l.lot_id and x.phase = i.phase
    order by l.number, i.phase
$$;
comment on function analytics.lot_phase(text[], int) is 'Temperature and power of lots by phase, from readings';

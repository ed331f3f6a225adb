-- Only quarter-hours that every meter measured whole: what a register advanced over a gap is known in sum, and not when.
create function api.load_peak(p_from timestamptz, p_to timestamptz, p_machines text[] default null, p_limit int default 20)
returns table ("time" timestamptz, power_kw float8, machines text, lots text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with meter as (
        select s.sensor_id, m.machine_id, m.code
        from plant.sensor as s
        join plant.machine as m using (machine_id)
        where s.role = 'main_energy' and s.is_enabled and (p_machines is null or m.code = any (p_machines))
    ),
    peak as (
        select x.time, sum(x.amount) * 4 as power_kw
        from telemetry.slice as x
        where x.sensor_id in (select e.sensor_id from meter as e) and x.time >= date_bin('15 minutes', p_from, 'epoch') and x.time < p_to
        group by x.time
        having sum(x.measured_s) >= 900 * (select count(*) from meter) - 1
        order by 2 desc, 1
        limit p_limit
    )
    select p.time, p.power_kw, w.machines, w.lots
    from peak as p
    cross join lateral (
        select string_agg(format('%s %s', y.code, round((y.amount * 4)::numeric, 1)), ', ' order by y.amount desc) as machines,
            string_agg(y.lots, ', ' order by y.amount desc) as lots
        from (
            select e.code, sum(x.amount) as amount, string_agg(distinct t.number, ', ') as lots
            from telemetry.slice as x
            join meter as e using (sensor_id)
            left join plant.lot as t using (lot_id)
            where x.time = p.time
            group by e.code
            having sum(x.amount) > 0
        ) as y
    ) as w
    order by p.power_kw desc, p.time
$$;
comment on function api.load_peak(timestamptz, timestamptz, text[], int) is
'The quarter-hours of highest load of machines together: mean kW, what each machine had in it (kW, the most first), and the lots that ran; only quarter-hours that all of their main meters measured whole';

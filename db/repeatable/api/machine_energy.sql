-- Whole hours, days or months of plant time: the bar in which a period begins is not cut. The ends of bars are laid
-- out first, so that a row of the hourly aggregate is put into its bar by a search, and not by its local time.
create function api.machine_energy(p_from timestamptz, p_to timestamptz, p_machines text[] default null)
returns table ("time" timestamptz, machine text, energy_kwh float8, measured_s float8)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_unit text := case
        when p_to - p_from <= interval '3 days' then 'hour'
        when p_to - p_from <= interval '100 days' then 'day'
        else 'month'
    end;
    v_hourly int[];
    v_quarterly int[];
begin
    select array_agg(s.sensor_id) filter (where z.is_whole_hour), array_agg(s.sensor_id) filter (where not z.is_whole_hour)
    into v_hourly, v_quarterly
    from plant.sensor as s
    join plant.machine as m using (machine_id)
    join plant.site_zone as z on z.site_id = s.site_id
    where s.role = 'main_energy' and (p_machines is null or m.code = any (p_machines));
    return query
    with edge as (
        select z.site_id, array_agg(g.start order by g.start) as starts
        from plant.site_zone as z
        cross join lateral (
            -- an hour that the clock repeats is two bars, a day of 25 hours one
            select x.start from generate_series(date_trunc('hour', p_from, z.time_zone), p_to, interval '1 hour') as x (start)
            where v_unit = 'hour'
            union all
            select x.local at time zone z.time_zone from generate_series(
                date_trunc(v_unit, p_from at time zone z.time_zone), p_to at time zone z.time_zone, ('1 ' || v_unit)::interval
            ) as x (local)
            where v_unit <> 'hour'
        ) as g
        group by z.site_id
    ),
    part as (
        select h.sensor_id, h.bucket as time, h.amount, h.measured_s
        from telemetry.sensor_hourly as h
        where h.sensor_id = any (v_hourly) and h.bucket >= date_trunc(v_unit, p_from) - ('1 ' || v_unit)::interval
            and h.bucket < p_to
        union all
        select x.sensor_id, x.time, x.amount, x.measured_s
        from telemetry.slice as x
        where x.sensor_id = any (v_quarterly) and x.time >= date_trunc(v_unit, p_from) - ('1 ' || v_unit)::interval
            and x.time < p_to
    ),
    summed as (
        select e.starts[width_bucket(p.time, e.starts)] as start, s.machine_id, sum(p.amount) as amount,
            sum(p.measured_s) as measured_s
        from part as p
        join plant.sensor as s using (sensor_id)
        join edge as e on e.site_id = s.site_id
        where p.time >= e.starts[1]
        group by 1, 2
    )
    select u.start, m.code, u.amount, u.measured_s
    from summed as u
    join plant.machine as m using (machine_id)
    order by 1, 2;
end
$$;
comment on function api.machine_energy(timestamptz, timestamptz, text[]) is
'Energy of machines by hour of plant time (up to 3 days), day (up to 100 days) or month: kWh of the main meters, NULL where nothing is known, and the seconds that these really measured. The bar in which the period begins is whole';

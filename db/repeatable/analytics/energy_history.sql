-- What a forecast learns from: for each place the hours that were fully measured, by their number in plant time since
-- the midnight of the first day. An hour that autumn repeats has one number: the mean of its two.
create or replace function analytics.energy_history(p_from timestamptz, p_at timestamptz)
returns table (
    level text, place text, carrier text, time_zone text, first_day date, hours int[], energy_kwh float8[], off_days date[]
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with place as (
        select distinct p.level, p.place, p.carrier, p.site_id, s.time_zone, (p_from at time zone s.time_zone)::date as first_day
        from analytics.place_meter as p
        join plant.site as s using (site_id)
        where p.is_enabled
    ),
    hour as (
        select p.level, p.place, p.carrier,
            (extract(epoch from (e.time at time zone p.time_zone) - p.first_day::timestamp) / 3600)::int as number,
            avg(e.energy_kwh) as energy_kwh
        from api.energy_hourly as e
        join place as p using (level, place, carrier)
        where e.time >= p_from and e.time < date_trunc('hour', p_at, p.time_zone) and e.energy_kwh is not null
            and e.coverage >= (select t.value::float8 from ops.setting as t where t.name = 'energy_minimum_coverage')
        group by p.level, p.place, p.carrier, number
    ),
    series as (
        select level, place, carrier, array_agg(number order by number) as hours, array_agg(energy_kwh order by number) as energy_kwh
        from hour
        group by level, place, carrier
    )
    select p.level, p.place, p.carrier, p.time_zone, p.first_day, coalesce(s.hours, '{}'), coalesce(s.energy_kwh, '{}'),
        array(
            select h.day from analytics.holiday as h
            where h.site_id = p.site_id and h.day >= p.first_day order by h.day
        )
    from place as p
    left join series as s using (level, place, carrier)
    order by p.level, p.place, p.carrier
$$;
comment on function analytics.energy_history(timestamptz, timestamptz) is
'Fully measured hours of each place in a range, numbered in plant time, with the holidays of its site';

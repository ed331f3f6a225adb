create or replace function analytics.sites()
returns table (site text, time_zone text, holiday_calendar text, measured_from date)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select s.code, s.time_zone, s.holiday_calendar, min(f.time at time zone s.time_zone)::date
    from plant.site as s
    left join plant.sensor as e on e.site_id = s.site_id and e.quantity = 'energy'
    left join lateral (
        select x.time from telemetry.slice as x where x.sensor_id = e.sensor_id order by x.time limit 1
    ) as f on true
    group by s.site_id
    order by s.code
$$;
comment on function analytics.sites() is 'Sites with their time zone, their holiday calendar, and since when energy is measured';

-- Where raw readings were dropped, slices cannot be worked out again before the first quarter-hour
-- whose readings, and the six before it, are still there. A day of readings is kept before the
-- horizon for that; a sensor that seldom speaks may need longer.
create or replace function telemetry.exact_from(p_sensor_id int)
returns timestamptz
language sql stable
as $$
    select case
        when h.raw_from = '-infinity' then '-infinity'
        when not exists (
            select from telemetry.slice as s where s.sensor_id = p_sensor_id and s.time < h.raw_from
        ) then '-infinity'
        else greatest(h.raw_from, coalesce((
            select date_bin('15 minutes', r.time, 'epoch') + interval '15 minutes'
            from telemetry.reading as r
            where r.sensor_id = p_sensor_id and r.time >= h.raw_from - interval '1 day'
            order by r.time offset 6 limit 1
        ), 'infinity'))
    end
    from telemetry.horizon as h
$$;
comment on function telemetry.exact_from(int) is
'Instant from which the slices of a sensor can be worked out from readings; -infinity where none were dropped';

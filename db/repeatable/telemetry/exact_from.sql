-- Slices before the horizon are kept. After it they can be worked out from readings, as a day of
-- readings is kept before it. One that seldom speaks may have slices after the horizon that came
-- from a reading before that day: those are kept too, up to the end of the quarter-hour of the first
-- reading that is left. Struck or not: a struck one still tells which slices were made without it.
create or replace function telemetry.exact_from(p_sensor_id int)
returns timestamptz
language sql stable
as $$
    select case
        when h.raw_from = '-infinity' then '-infinity'
        when not exists (
            select from telemetry.slice as s where s.sensor_id = p_sensor_id and s.time < h.raw_from
        ) then '-infinity'
        when f.first_at <= h.raw_from or not exists (
            select from telemetry.slice as s
            where s.sensor_id = p_sensor_id and s.time >= h.raw_from
                and s.time < coalesce(date_bin('15 minutes', f.first_at, 'epoch'), 'infinity')
                and (s.measured_s > 0 or s.known_s > 0)
        ) then h.raw_from
        else coalesce(date_bin('15 minutes', f.first_at, 'epoch') + interval '15 minutes', 'infinity')
    end
    from telemetry.horizon as h
    cross join lateral (
        select min(r.time) as first_at from telemetry.reading as r
        where r.sensor_id = p_sensor_id and r.time >= h.raw_from - interval '1 day'
    ) as f
$$;
comment on function telemetry.exact_from(int) is
'Instant from which the slices of a sensor can be worked out from readings; -infinity where none were dropped';

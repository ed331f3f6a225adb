-- The medians of the days of a range, where a day has none yet: a day is made once, at its first quarter-hour, and
-- again where hours before it changed (analytics.score_due). Sensors whose medians are there cost nothing.
create or replace function analytics.put_missing_background(p_sensor_ids int[], p_from timestamptz, p_to timestamptz)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows bigint := 0;
    v_day record;
begin
    for v_day in
        select d.day, array_agg(i order by i) as sensor_ids
        from generate_series(date_bin('1 day', p_from, 'epoch'), p_to - interval '1 microsecond', interval '1 day') as d (day)
        cross join unnest(p_sensor_ids) as i
        where not exists (select from analytics.background as b where b.sensor_id = i and b.day = d.day)
        group by d.day order by d.day
    loop
        v_rows := v_rows + analytics.put_background(v_day.sensor_ids, v_day.day, v_day.day + interval '1 day');
    end loop;
    return v_rows;
end
$$;
comment on function analytics.put_missing_background is
'Works out the medians of days that have none yet; returns how many rows changed';

-- Makes the hours and medians that a fit needs, where they are not there yet. Returns where the history begins.
create or replace function analytics.prepare_history(p_sensor_ids int[], p_at timestamptz)
returns timestamptz
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_at timestamptz := date_bin('1 hour', p_at, 'epoch');
    v_from timestamptz := date_bin('1 day', p_at - (select s.value::interval from ops.setting as s where s.name = 'baseline_history'), 'epoch');
    v_part record;
    v_day timestamptz;
begin
    -- a sensor that is known goes on from where it is; a new one begins with its first slice
    for v_part in
        select coalesce(t.summarised_to, f.first_at) as from_time, array_agg(i order by i) as sensor_ids
        from unnest(p_sensor_ids) as i
        left join analytics.sensor_state as t on t.sensor_id = i
        left join lateral (
            select date_bin('1 day', min(s.time), 'epoch') as first_at from telemetry.slice as s
            where t.sensor_id is null and s.sensor_id = i and s.time >= v_from and s.time < v_at
        ) as f on true
        where coalesce(t.summarised_to, f.first_at) < v_at
        group by 1
    loop
        v_day := v_part.from_time;
        while v_day < v_at loop
            perform analytics.summarise(v_part.sensor_ids, v_day, least(v_day + interval '1 day', v_at));
            v_day := v_day + interval '1 day';
        end loop;
        perform analytics.put_missing_background(v_part.sensor_ids, v_part.from_time, v_at);
    end loop;
    return v_from;
end
$$;
comment on function analytics.prepare_history is
'Works out the hours and medians that a fit of sensors at an instant needs; returns where its history begins';

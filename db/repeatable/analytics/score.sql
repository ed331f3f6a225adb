-- Judges a range anew: hours, medians, deviations, episodes. The same data gives the same rows, and only rows that
-- differ are written. Sensors of which nothing has been learned are left alone.
create or replace function analytics.score(p_from timestamptz, p_to timestamptz, p_sensor_ids int[] default null)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_nestloop = off
set plan_cache_mode = force_custom_plan
as $$
declare
    v_from timestamptz := date_bin('15 minutes', p_from, 'epoch');
    v_to timestamptz := date_bin('15 minutes', p_to, 'epoch');
    v_sensor_ids int[];
    v_rows bigint;
begin
    select array_agg(t.sensor_id order by t.sensor_id) into v_sensor_ids
    from analytics.sensor_state as t
    join plant.sensor as s using (sensor_id)
    where s.is_enabled and (p_sensor_ids is null or t.sensor_id = any (p_sensor_ids));
    if v_sensor_ids is null or v_from >= v_to then
        return 0;
    end if;
    perform analytics.summarise(v_sensor_ids, v_from, v_to);
    perform analytics.put_missing_background(v_sensor_ids, v_from, v_to);
    with new as materialized (
        select * from analytics.judge(v_sensor_ids, v_from, v_to)
    ),
    gone as (
        delete from analytics.deviation as o
        where o.sensor_id = any (v_sensor_ids) and o.time > v_from and o.time <= v_to
            and not exists (
                select from new as n
                where n.sensor_id = o.sensor_id and n.time = o.time and n.class = o.class and n.kind = o.kind
            )
        returning o.sensor_id
    ),
    written as (
        insert into analytics.deviation as o
        select * from new
        on conflict (sensor_id, time, class, kind) do update set
            regime = excluded.regime, actual = excluded.actual, expected = excluded.expected,
            usual_limit = excluded.usual_limit, score = excluded.score, is_over = excluded.is_over,
            baseline_id = excluded.baseline_id
        where o is distinct from excluded
        returning o.sensor_id
    )
    select (select count(*) from gone) + (select count(*) from written) into v_rows;
    update analytics.sensor_state as t set scored_to = v_to
    where t.sensor_id = any (v_sensor_ids) and coalesce(t.scored_to, '-infinity') < v_to;
    return v_rows + analytics.put_episodes(v_sensor_ids, v_from, v_to);
end
$$;
comment on function analytics.score is
'Judges sensors (all, where none is named) over a range; repeating it changes nothing; returns how many rows changed';

-- Episodes out of deviations. One opens at the first deviation over the threshold, goes on while the score stays over
-- half of it, and closes when nothing came for the setting anomaly_merge. It alerts when it opens and, while it goes
-- on, once in anomaly_reminder or when its score has doubled since. An episode keeps its id when it is worked out
-- again, and one that a person judged stays whatever the data say.
create or replace function analytics.put_episodes(p_sensor_ids int[], p_from timestamptz, p_to timestamptz)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_merge interval := (select s.value::interval from ops.setting as s where s.name = 'anomaly_merge');
    v_reminder interval := (select s.value::interval from ops.setting as s where s.name = 'anomaly_reminder');
    v_process float8 := (select s.value::float8 from ops.setting as s where s.name = 'anomaly_threshold');
    v_sensor float8 := (select s.value::float8 from ops.setting as s where s.name = 'sensor_fault_threshold');
    v_group record;
    v_row record;
    v_one analytics.episode;
    v_alerted_at timestamptz;
    v_alerted_score float8;
    v_kept bigint[];
    v_rows bigint := 0;
begin
    for v_group in
        -- process anomalies of a sensor are one episode whatever shows them; each fault is one of its own
        with touched as (
            select d.sensor_id, d.class, case d.class when 'sensor' then d.kind end as fault
            from analytics.deviation as d
            where d.sensor_id = any (p_sensor_ids) and d.time > p_from and d.time <= p_to
            union
            select e.sensor_id, e.class, case e.class when 'sensor' then e.kind end
            from analytics.episode as e
            where e.sensor_id = any (p_sensor_ids)
                and (e.closed_at is null or e.closed_at > p_from - v_merge) and e.opened_at <= p_to
        )
        select t.*, s.scored_to, least(p_from, (
            select min(e.opened_at) - interval '1 microsecond' from analytics.episode as e
            where e.sensor_id = t.sensor_id and e.class = t.class and (t.fault is null or e.kind = t.fault)
                and (e.closed_at is null or e.closed_at > p_from - v_merge)
        )) as from_time
        from touched as t
        join analytics.sensor_state as s using (sensor_id)
        order by t.sensor_id, t.class, t.fault
    loop
        v_one := null;
        v_kept := '{}';
        select e.alerted_at[cardinality(e.alerted_at)], e.alerted_score into v_alerted_at, v_alerted_score
        from analytics.episode as e
        where e.sensor_id = v_group.sensor_id and e.class = v_group.class
            and (v_group.fault is null or e.kind = v_group.fault) and e.opened_at <= v_group.from_time
            and cardinality(e.alerted_at) > 0
        order by e.opened_at desc limit 1;
        for v_row in
            select d.time, d.kind, d.regime, d.actual, d.expected, d.usual_limit, d.score, d.baseline_id, d.is_over
            from analytics.deviation as d
            where d.sensor_id = v_group.sensor_id and d.class = v_group.class
                and (v_group.fault is null or d.kind = v_group.fault) and d.time > v_group.from_time
                and (d.is_over or d.score >= case d.class when 'process' then v_process else v_sensor end / 2)
            order by d.time, d.score desc nulls first, d.kind
        loop
            if v_one.opened_at is not null and v_row.time - v_one.last_at > v_merge then
                v_one.closed_at := v_one.last_at;
                v_kept := v_kept || analytics.put_episode(v_one, v_merge, v_kept);
                v_rows := v_rows + 1;
                v_one := null;
            end if;
            if v_one.opened_at is null then
                continue when not v_row.is_over;
                v_one.sensor_id := v_group.sensor_id;
                v_one.class := v_group.class;
                v_one.opened_at := v_row.time;
                v_one.alerted_at := '{}';
            end if;
            v_one.last_at := v_row.time;
            if v_one.peak_at is null or v_row.score > v_one.score then
                v_one.peak_at := v_row.time;
                v_one.kind := v_row.kind;
                v_one.regime := v_row.regime;
                v_one.score := v_row.score;
                v_one.actual := v_row.actual;
                v_one.expected := v_row.expected;
                v_one.usual_limit := v_row.usual_limit;
                v_one.baseline_id := v_row.baseline_id;
            end if;
            if v_row.is_over and (
                v_alerted_at is null or v_row.time - v_alerted_at >= v_reminder or v_row.score >= 2 * v_alerted_score
            ) then
                v_alerted_at := v_row.time;
                v_alerted_score := v_row.score;
                v_one.alerted_at := v_one.alerted_at || v_row.time;
                v_one.alerted_score := v_row.score;
            end if;
        end loop;
        if v_one.opened_at is not null then
            v_one.closed_at := case when v_group.scored_to - v_one.last_at > v_merge then v_one.last_at end;
            v_kept := v_kept || analytics.put_episode(v_one, v_merge, v_kept);
            v_rows := v_rows + 1;
        end if;
        delete from analytics.episode as e
        where e.sensor_id = v_group.sensor_id and e.class = v_group.class
            and (v_group.fault is null or e.kind = v_group.fault)
            and e.opened_at > v_group.from_time and e.verdict is null and not (e.episode_id = any (v_kept));
    end loop;
    return v_rows;
end
$$;
comment on function analytics.put_episodes is
'Works out the episodes of sensors from their deviations, from the first that a range touches; returns how many it worked out';

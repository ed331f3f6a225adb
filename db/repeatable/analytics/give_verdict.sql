-- What a person says of an episode. A real one and a planned stop never train a baseline; a false one does. A planned
-- stop counts for the whole machine: nothing on it is judged in that time.
create or replace function analytics.give_verdict(p_anomaly bigint, p_verdict text, p_reason text)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_episode analytics.episode;
    v_sensor plant.sensor;
begin
    if p_verdict is null or p_verdict not in ('real', 'false', 'planned-stop') then
        raise exception 'an anomaly cannot be called %', p_verdict
            using errcode = 'invalid_parameter_value', hint = 'Call it real, false or planned-stop.';
    end if;
    if coalesce(trim(p_reason), '') = '' then
        raise exception 'the verdict has no reason'
            using errcode = 'invalid_parameter_value', hint = 'Say why: it is kept with the anomaly.';
    end if;
    select e.* into v_episode from analytics.episode as e where e.episode_id = p_anomaly for update;
    if v_episode.episode_id is null then
        raise exception 'there is no anomaly %', p_anomaly
            using errcode = 'no_data_found', hint = 'lotwatt anomalies lists what there is.';
    end if;
    select s.* into v_sensor from plant.sensor as s where s.sensor_id = v_episode.sensor_id;
    if p_verdict = 'planned-stop' and v_sensor.machine_id is null then
        raise exception 'the sensor % belongs to no machine that could have been stopped', v_sensor.code
            using errcode = 'invalid_parameter_value', hint = 'Call it real or false.';
    end if;
    insert into analytics.verdict (episode_id, verdict, reason) values (p_anomaly, p_verdict, p_reason);
    update analytics.episode as e set verdict = p_verdict, changed_at = clock_timestamp() where e.episode_id = p_anomaly;
    -- what an earlier verdict said of the machine goes with it
    delete from analytics.planned_stop as p where p.episode_id = p_anomaly;
    if p_verdict = 'planned-stop' then
        perform analytics.plan_stop(
            v_sensor.machine_id, v_episode.opened_at - interval '1 hour',
            coalesce(v_episode.closed_at, v_episode.last_at), p_reason, p_anomaly
        );
    end if;
    -- medians that were worked out with it, or without, are worked out again
    insert into analytics.rewritten (sensor_ids, from_time, to_time)
    values (array[v_episode.sensor_id], v_episode.opened_at - interval '1 hour', v_episode.last_at);
    return v_sensor.code;
end
$$;
comment on function analytics.give_verdict is
'Keeps what a person says of an anomaly: real, false or planned-stop; returns its sensor';

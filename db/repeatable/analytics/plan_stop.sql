-- A time in which a machine stands still as planned: nothing on it is judged, and nothing is learned of it.
create or replace function analytics.plan_stop(
    p_machine_id int, p_from timestamptz, p_to timestamptz, p_reason text, p_episode_id bigint default null
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_planned_stop_id bigint;
begin
    insert into analytics.planned_stop (machine_id, during, reason, episode_id)
    values (p_machine_id, tstzrange(p_from, p_to), p_reason, p_episode_id)
    returning planned_stop_id into v_planned_stop_id;
    insert into analytics.rewritten (sensor_ids, from_time, to_time)
    select array_agg(s.sensor_id), p_from, p_to from plant.sensor as s
    where s.machine_id = p_machine_id having count(*) > 0;
    return v_planned_stop_id;
end
$$;
comment on function analytics.plan_stop is
'Notes that a machine stands still as planned: nothing on it is judged then, and nothing learned; returns its number';

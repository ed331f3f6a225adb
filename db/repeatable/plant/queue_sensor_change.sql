-- Which settings change what was measured: all but names, places and how often it is expected to speak.
create or replace function plant.queue_sensor_change(
    p_sensor_id int, p_old_machine_id int, p_new_machine_id int, p_code text, p_old jsonb, p_new jsonb
)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_cause text;
begin
    select format('sensor %s changed: %s', p_code, string_agg(
        format('%s %s -> %s', n.key, coalesce(p_old ->> n.key, 'none'), coalesce(n.value #>> '{}', 'none')), ', '
        order by n.key
    ))
    into v_cause
    from jsonb_each(p_new) as n
    where n.value is distinct from p_old -> n.key
        and n.key in ('scale', 'value_offset', 'max_gap', 'kind', 'role', 'machine', 'max_rate', 'rollover_at',
            'minimum', 'maximum', 'carrier', 'quantity')
    having count(*) > 0;
    if v_cause is null then
        return;
    end if;
    perform plant.queue_sensors(array[p_sensor_id], '-infinity', 'infinity', v_cause);
    -- what its readings claim makes runs on its machine, and a claim holds for max_gap
    if p_new ->> 'machine' is distinct from p_old ->> 'machine' or p_new ->> 'max_gap' is distinct from p_old ->> 'max_gap' then
        insert into telemetry.dirty_run (machine_ids, from_time, to_time, cause)
        select array_remove(array[p_old_machine_id, nullif(p_new_machine_id, p_old_machine_id)], null),
            min(r.time), max(r.time), v_cause
        from telemetry.reading as r
        where r.sensor_id = p_sensor_id and r.claim_id is not null
        having count(*) > 0 and coalesce(p_old_machine_id, p_new_machine_id) is not null;
    end if;
end
$$;
comment on function plant.queue_sensor_change(int, int, int, text, jsonb, jsonb) is
'Queues what has to be worked out again after the settings of a sensor changed';

-- A reading that is known to be wrong is left out of every figure, and stays on record.
create or replace function telemetry.strike_reading(
    p_sensor text, p_time timestamptz, p_source text, p_reason text
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_old telemetry.reading;
begin
    v_old := telemetry.reading_at(p_sensor, p_time);
    if v_old.is_struck then
        return;
    end if;
    insert into telemetry.reading_change (sensor_id, time, action, old_value, source, reason)
    values (v_old.sensor_id, p_time, 'strike', v_old.value, p_source, p_reason);
    update telemetry.reading as r set is_struck = true
    where r.sensor_id = v_old.sensor_id and r.time = p_time;
    insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
    values (array[v_old.sensor_id], p_time, p_time,
        format('reading of %s at %s struck out (%s)', p_sensor, p_time, p_reason));
    insert into telemetry.dirty_run (machine_ids, from_time, to_time, cause)
    select array[s.machine_id], p_time, p_time, 'claim'
    from plant.sensor as s
    where s.sensor_id = v_old.sensor_id and s.machine_id is not null and v_old.claim_id is not null;
end
$$;
comment on function telemetry.strike_reading(text, timestamptz, text, text) is
'Leaves a stored reading out of every figure; it stays on record with the reason';

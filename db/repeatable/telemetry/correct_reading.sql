-- The one way by which a stored value changes: what it was, what it is, who says so and why stay on record.
create or replace function telemetry.correct_reading(
    p_sensor text, p_time timestamptz, p_value float8, p_source text, p_reason text
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_old telemetry.reading;
begin
    if p_value is null or p_value in ('NaN', 'Infinity', '-Infinity') then
        raise exception 'a reading of % cannot be corrected to %', p_sensor, coalesce(p_value::text, 'nothing')
            using errcode = 'invalid_parameter_value', hint = 'To take a reading out, use lotwatt reading strike.';
    end if;
    v_old := telemetry.reading_at(p_sensor, p_time);
    insert into telemetry.reading_change (sensor_id, time, action, old_value, new_value, source, reason)
    values (v_old.sensor_id, p_time, 'correct', v_old.value, p_value, p_source, p_reason);
    update telemetry.reading as r set value = p_value, is_struck = false
    where r.sensor_id = v_old.sensor_id and r.time = p_time;
    insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
    values (array[v_old.sensor_id], p_time, p_time,
        format('reading of %s at %s corrected from %s to %s (%s)', p_sensor, p_time, v_old.value, p_value, p_reason));
    -- it counts again where it was struck out, and so does what it claims
    insert into telemetry.dirty_run (machine_ids, from_time, to_time, cause)
    select array[s.machine_id], p_time, p_time, 'claim'
    from plant.sensor as s
    where s.sensor_id = v_old.sensor_id and s.machine_id is not null
        and v_old.is_struck and v_old.claim_id is not null;
end
$$;
comment on function telemetry.correct_reading(text, timestamptz, float8, text, text) is
'Replaces the value of a stored reading, in the unit in which it was published, and keeps the old one on record';

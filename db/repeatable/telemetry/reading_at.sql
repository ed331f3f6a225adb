-- The stored reading of a sensor at an instant, its sensor locked for a change; a sentence where there is none.
create or replace function telemetry.reading_at(p_sensor text, p_time timestamptz)
returns telemetry.reading
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_sensor_id int;
    v_reading telemetry.reading;
begin
    select s.sensor_id into v_sensor_id from plant.sensor as s where s.code = p_sensor;
    if not found then
        raise exception 'sensor % does not exist', p_sensor
            using errcode = 'no_data_found', hint = 'lotwatt sensors lists them.';
    end if;
    if p_time < (select greatest(h.raw_from, telemetry.exact_from(v_sensor_id)) from telemetry.horizon as h) then
        raise exception 'readings at % are past retention and can no longer be changed', p_time
            using errcode = 'invalid_parameter_value', hint = 'Runs can still be moved: lotwatt run move.';
    end if;
    -- not FOR UPDATE: rows of compressed chunks cannot be locked
    perform pg_advisory_xact_lock(1819244148, v_sensor_id);
    select r.* into v_reading from telemetry.reading as r
    where r.sensor_id = v_sensor_id and r.time = p_time;
    if not found then
        raise exception 'sensor % has no reading at %', p_sensor, p_time
            using errcode = 'no_data_found', hint = 'Give the exact time of the reading, with its zone; api.reading lists readings.';
    end if;
    return v_reading;
end
$$;
comment on function telemetry.reading_at(text, timestamptz) is 'The stored reading of a sensor at an instant; two changes to one sensor take turns';

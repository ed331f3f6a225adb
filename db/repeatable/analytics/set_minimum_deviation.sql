-- What is too small to matter, in the unit of the sensor: nothing below it is a process anomaly, however rare.
create or replace function analytics.set_minimum_deviation(p_sensor text, p_deviation float8)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_sensor_id int;
begin
    select s.sensor_id into v_sensor_id from plant.sensor as s where s.code = p_sensor;
    if v_sensor_id is null then
        raise exception 'there is no sensor %', p_sensor
            using errcode = 'no_data_found', hint = 'lotwatt sensors lists what there is.';
    end if;
    if p_deviation < 0 or p_deviation = 'NaN' or p_deviation = 'infinity' then
        raise exception 'the minimum deviation of % cannot be %', p_sensor, p_deviation
            using errcode = 'invalid_parameter_value', hint = 'Give a number from 0, in the unit of the sensor.';
    end if;
    insert into analytics.sensor_setting as s (sensor_id, minimum_deviation) values (v_sensor_id, p_deviation)
    on conflict (sensor_id) do update set minimum_deviation = excluded.minimum_deviation;
end
$$;
comment on function analytics.set_minimum_deviation is
'Says what is too small to be a process anomaly of a sensor, in its unit';

-- A driver is what its code, and its sensor, say; only the figure of the sensor can change.
create or replace function plant.apply_driver(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_code text := p_item ->> 'code';
    v_sensor text := p_item ->> 'sensor';
    v_statistic text := case when v_sensor is not null then coalesce(p_item ->> 'statistic', 'mean') end;
    v_sensor_id int;
    v_old plant.driver;
begin
    if v_sensor is not null then
        select s.sensor_id into v_sensor_id from plant.sensor as s where s.code = v_sensor;
        if not found then
            raise exception 'sensor % does not exist', v_sensor
                using errcode = 'no_data_found', hint = 'Declare it first; lotwatt sensors lists what there is.';
        end if;
    elsif p_item ? 'statistic' then
        raise exception 'it has a statistic and no sensor'
            using errcode = 'check_violation', hint = 'Name the sensor, or give its values as driver_values.';
    end if;
    select d.* into v_old from plant.driver as d
    where d.code = v_code and d.sensor_id is not distinct from v_sensor_id for update;
    if v_old.driver_id is null then
        insert into plant.driver (code, sensor_id, statistic) values (v_code, v_sensor_id, v_statistic);
    elsif v_old.statistic is distinct from v_statistic then
        update plant.driver as d set statistic = v_statistic where d.driver_id = v_old.driver_id;
    end if;
    return query select * from plant.record_change(
        'driver', v_code,
        case when v_old.driver_id is not null
            then jsonb_build_object('code', v_code, 'sensor', v_sensor, 'statistic', v_old.statistic) end,
        jsonb_build_object('code', v_code, 'sensor', v_sensor, 'statistic', v_statistic), 'plant apply'
    );
end
$$;
comment on function plant.apply_driver(jsonb) is 'Makes one driver as declared; returns what changed';

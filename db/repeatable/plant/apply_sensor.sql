-- What its declaration leaves out stays as it is, and gets a default where the sensor is new.
create or replace function plant.apply_sensor(p_item jsonb, p_reason text default 'plant apply')
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_code text := p_item ->> 'code';
    v_old plant.sensor;
    v_new plant.sensor;
    v_old_json jsonb;
begin
    perform set_config('lotwatt.reason', p_reason, true);
    select s.* into v_old from plant.sensor as s where s.code = v_code for update;
    if found then
        v_old_json := plant.sensor_json(v_old);
        v_new := jsonb_populate_record(v_old, p_item);
    else
        v_new := jsonb_populate_record(v_old, plant.sensor_defaults(p_item) || p_item);
    end if;

    if p_item ? 'machine' then
        v_new.machine_id := case when p_item ->> 'machine' is not null then plant.machine_named(p_item ->> 'machine') end;
    end if;
    if v_new.machine_id is not null then
        select l.site_id into strict v_new.site_id
        from plant.machine as m
        inner join plant.line as l on m.line_id = l.line_id
        where m.machine_id = v_new.machine_id;
    end if;
    if p_item ->> 'site' is not null and v_new.site_id is distinct from plant.site_named(p_item ->> 'site') then
        if v_new.machine_id is not null then
            raise exception 'its machine is not at site %', p_item ->> 'site'
                using errcode = 'invalid_parameter_value', hint = 'Leave site out: it follows from the machine.';
        end if;
        v_new.site_id := plant.site_named(p_item ->> 'site');
    end if;
    if v_new.site_id is null then
        raise exception 'it belongs to no machine and no site'
            using errcode = 'not_null_violation', hint = 'Give machine, or site for a meter above the machines.';
    end if;
    if p_item ->> 'parent' is not null then
        select s.sensor_id into v_new.parent_id from plant.sensor as s where s.code = p_item ->> 'parent';
        if not found then
            raise exception 'the meter above it, %, does not exist', p_item ->> 'parent'
                using errcode = 'no_data_found', hint = 'Declare it under sensors, or correct parent.';
        end if;
    end if;
    if p_item -> 'parent' = 'null' then
        v_new.parent_id := null;
    end if;
    if v_old.sensor_id is not null then
        perform plant.check_sensor_place(v_old, v_new);
    end if;
    perform plant.check_sensor(v_new);

    if v_old.sensor_id is null then
        insert into plant.sensor (
            code, topic, site_id, machine_id, kind, role, quantity, carrier, unit, scale, value_offset,
            sampling_interval, max_gap, minimum, maximum, max_rate, rollover_at, parent_id, location, type,
            installed_on, is_enabled
        )
        values (
            v_new.code, v_new.topic, v_new.site_id, v_new.machine_id, v_new.kind, v_new.role, v_new.quantity,
            v_new.carrier, v_new.unit, v_new.scale, v_new.value_offset, v_new.sampling_interval, v_new.max_gap,
            v_new.minimum, v_new.maximum, v_new.max_rate, v_new.rollover_at, v_new.parent_id, v_new.location,
            v_new.type, v_new.installed_on, v_new.is_enabled
        );
    elsif v_new is distinct from v_old then
        update plant.sensor as s
        set
            topic = v_new.topic, site_id = v_new.site_id, machine_id = v_new.machine_id, kind = v_new.kind,
            role = v_new.role, quantity = v_new.quantity, carrier = v_new.carrier, unit = v_new.unit,
            scale = v_new.scale, value_offset = v_new.value_offset, sampling_interval = v_new.sampling_interval,
            max_gap = v_new.max_gap, minimum = v_new.minimum, maximum = v_new.maximum, max_rate = v_new.max_rate,
            rollover_at = v_new.rollover_at, parent_id = v_new.parent_id, location = v_new.location,
            type = v_new.type, installed_on = v_new.installed_on, is_enabled = v_new.is_enabled
        where s.sensor_id = v_old.sensor_id;
        perform plant.check_meter_tree(v_old.sensor_id);
        perform plant.queue_sensor_change(v_old.sensor_id, v_old.machine_id, v_new.machine_id, v_code, v_old_json, plant.sensor_json(v_new));
    end if;
    perform set_config('lotwatt.reason', '', true);
    return query select * from plant.change_of('sensor', v_code, v_old_json, plant.sensor_json(v_new));
end
$$;
comment on function plant.apply_sensor(jsonb, text) is
'Makes one sensor as declared, queues what its settings change; returns what changed';

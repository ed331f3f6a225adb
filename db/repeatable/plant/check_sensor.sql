-- What no constraint can say in a sentence.
create or replace function plant.check_sensor(p_sensor plant.sensor)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_wanted text := case when p_sensor.kind = 'power' then 'kW' else 'kWh' end;
    v_other text;
begin
    perform plant.check_topic(p_sensor.topic);
    if p_sensor.quantity is null then
        raise exception 'what it measures is not said'
            using errcode = 'not_null_violation', hint = 'Give quantity, such as pressure or humidity.';
    end if;
    if p_sensor.role = 'main_energy' and (p_sensor.kind not in ('counter', 'amount', 'power') or p_sensor.quantity <> 'energy') then
        raise exception 'a main meter counts energy (kind counter), tells what was used (kind amount) or measures power (kind power), this is a % of %',
            p_sensor.kind, p_sensor.quantity
            using errcode = 'check_violation', hint = 'Give kind counter or amount with unit kWh, or kind power with unit kW.';
    end if;
    if p_sensor.quantity = 'energy' and p_sensor.kind in ('counter', 'amount', 'power') and p_sensor.unit <> v_wanted then
        raise exception 'energy of kind % is in % after scale, not in %', p_sensor.kind, v_wanted, p_sensor.unit
            using errcode = 'check_violation', hint = format(
                'Set unit to %s and scale to what turns the published value into it%s.', v_wanted, case p_sensor.unit
                    when 'Wh' then ': 0.001' when 'W' then ': 0.001' when 'MWh' then ': 1000' when 'MW' then ': 1000'
                    when 'kWh' then ', or kind to counter' when 'kW' then ', or kind to power' else ''
                end
            );
    end if;
    if p_sensor.role = 'process_temperature' and (p_sensor.kind <> 'gauge' or p_sensor.unit <> 'C') then
        raise exception 'a process temperature is a gauge in C, this is a % in %', p_sensor.kind, p_sensor.unit
            using errcode = 'check_violation',
                hint = 'Set kind to gauge and unit to C; for a device in F, scale 0.5555555555555556 and value_offset -17.77777777777778.';
    end if;
    if p_sensor.role = 'output' and p_sensor.kind not in ('counter', 'amount') then
        raise exception 'the output of a machine is a counter or an amount, this is a %', p_sensor.kind
            using errcode = 'check_violation', hint = 'Set kind to counter, or to amount where each reading says what was made since the one before.';
    end if;
    if p_sensor.kind <> 'state' and p_sensor.max_gap is null then
        raise exception 'it has no max_gap'
            using errcode = 'check_violation', hint = 'Give the longest time between two readings that still counts as measured.';
    end if;
    select s.code into v_other
    from plant.sensor as s
    where s.machine_id = p_sensor.machine_id and s.role = p_sensor.role and s.code <> p_sensor.code
        and s.is_enabled and p_sensor.is_enabled
        and (p_sensor.role in ('output', 'process_temperature')
            or p_sensor.role = 'main_energy' and s.carrier = p_sensor.carrier);
    if found then
        raise exception 'its machine already has a sensor with role %: %', p_sensor.role, v_other
            using errcode = 'unique_violation',
                hint = format('Give one of the two another role%s, or set is_enabled = false where one replaces the other.', case when p_sensor.role = 'main_energy' then ', such as check_energy' else '' end);
    end if;
    select s.code into v_other from plant.sensor as s where s.topic = p_sensor.topic and s.code <> p_sensor.code;
    if found then
        raise exception 'topic % belongs to sensor %', p_sensor.topic, v_other
            using errcode = 'unique_violation', hint = 'Give each sensor a topic of its own.';
    end if;
end
$$;
comment on function plant.check_sensor(plant.sensor) is 'Refuses a sensor that cannot be meant, in a sentence that says what to change';

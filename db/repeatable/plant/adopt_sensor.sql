-- A topic that was seen but that nobody declared becomes a sensor.
create or replace function plant.adopt_sensor(
    p_topic text, p_machine text, p_role text, p_unit text,
    p_kind text default null, p_quantity text default null, p_scale float8 default null, p_code text default null
)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_topic text := (select m.topic from plant.machine as m where m.machine_id = plant.machine_named(p_machine));
    v_code text;
    v_other text;
begin
    select s.code into v_other from plant.sensor as s where s.topic = p_topic;
    if found then
        raise exception 'topic % already belongs to sensor %', p_topic, v_other
            using errcode = 'unique_violation', hint = 'Change that sensor in the plant file and run lotwatt plant apply.';
    end if;
    -- plant/L1/DRYER/panel/power is DRYER.panel.power; a topic from elsewhere gives its last word
    v_code := coalesce(p_code, p_machine || '.' || case
        when starts_with(p_topic, v_topic || '/') then replace(substr(p_topic, length(v_topic) + 2), '/', '.')
        else regexp_replace(p_topic, '^.*/', '')
    end);
    if exists (select from plant.sensor as s where s.code = v_code) then
        raise exception 'there is a sensor % already, with another topic', v_code
            using errcode = 'unique_violation', hint = 'Give this one a name of its own with --code.';
    end if;
    return query select * from plant.apply_sensor(
        jsonb_strip_nulls(jsonb_build_object(
            'code', v_code, 'topic', p_topic, 'machine', p_machine, 'role', p_role, 'unit', p_unit,
            'kind', p_kind, 'quantity', p_quantity, 'scale', p_scale
        )),
        'sensor adopt'
    );
end
$$;
comment on function plant.adopt_sensor(text, text, text, text, text, text, float8, text) is
'Makes a sensor of a topic that was seen but not declared; ingest.replay_held brings in what was held for it';

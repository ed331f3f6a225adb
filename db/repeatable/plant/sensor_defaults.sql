-- What a new sensor gets where its declaration says nothing, worked out from what it does say.
create or replace function plant.sensor_defaults(p_item jsonb)
returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_role text := coalesce(p_item ->> 'role', 'other');
    v_unit text := p_item ->> 'unit';
    v_kind text := p_item ->> 'kind';
    v_code text := p_item ->> 'code';
    v_place text := coalesce(p_item ->> 'machine', p_item ->> 'site');
    v_topic text;
begin
    v_kind := coalesce(v_kind, case
        when v_unit = 'kWh' or v_role = 'output' then 'counter'
        when v_unit = 'kW' then 'power'
        when v_role = 'setpoint' then 'state'
        else 'gauge'
    end);
    v_topic := coalesce(
        (select m.topic from plant.machine as m where m.code = p_item ->> 'machine'), 'plant/' || v_place
    );
    return jsonb_build_object(
        'role', v_role,
        'kind', v_kind,
        'quantity', case
            when v_role in ('main_energy', 'check_energy') or v_unit in ('kWh', 'kW') then 'energy'
            when v_role in ('process_temperature', 'setpoint') or v_unit = 'C' then 'temperature'
            when v_role = 'output' then 'pieces'
        end,
        'carrier', 'electricity',
        'scale', 1,
        'value_offset', 0,
        'sampling_interval', '1 minute',
        -- of an amount, the time that it is of
        'max_gap', case
            when v_kind <> 'state' then
                coalesce(p_item ->> 'sampling_interval', '1 minute')::interval * case v_kind when 'amount' then 1 else 5 end
        end,
        'is_enabled', true,
        'topic', v_topic || '/' || case
            when starts_with(v_code, v_place || '.') then substr(v_code, length(v_place) + 2) else v_code
        end
    );
end
$$;
comment on function plant.sensor_defaults(jsonb) is
'Kind, quantity, gap and topic of a new sensor where its declaration leaves them out';

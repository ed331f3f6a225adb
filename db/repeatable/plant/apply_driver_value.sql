create or replace function plant.apply_driver_value(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_lot_id int;
    v_code text := p_item ->> 'driver';
    v_value float8 := (p_item ->> 'value')::float8;
    v_old float8;
begin
    select l.lot_id into v_lot_id from plant.lot as l where l.number = p_item ->> 'lot';
    if not found then
        raise exception 'lot % does not exist', p_item ->> 'lot'
            using errcode = 'no_data_found', hint = 'Declare it first; lotwatt lots lists what there is.';
    end if;
    if not exists (select from plant.driver as d where d.code = v_code and d.sensor_id is null) then
        raise exception 'driver % does not exist, or its values come from a sensor', v_code
            using errcode = 'no_data_found', hint = 'Declare it without a sensor in [[drivers]].';
    end if;
    select d.value into v_old from plant.lot_driver as d where d.lot_id = v_lot_id and d.code = v_code for update;
    insert into plant.lot_driver as d (lot_id, code, value) values (v_lot_id, v_code, v_value)
    on conflict (lot_id, code) do update set value = excluded.value where d.value <> excluded.value;
    return query select * from plant.record_change(
        'driver value', format('%s of %s', v_code, p_item ->> 'lot'),
        case when v_old is not null then jsonb_build_object('value', v_old) end,
        jsonb_build_object('value', v_value), 'plant apply'
    );
end
$$;
comment on function plant.apply_driver_value(jsonb) is 'Gives a driver its value for one lot; returns what changed';

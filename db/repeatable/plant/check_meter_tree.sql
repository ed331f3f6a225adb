create or replace function plant.check_meter_tree(p_sensor_id int)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_circle text;
begin
    with recursive above as (
        select s.sensor_id, s.parent_id, array[s.code] as codes
        from plant.sensor as s where s.sensor_id = p_sensor_id
        union all
        select s.sensor_id, s.parent_id, a.codes || s.code
        from above as a
        inner join plant.sensor as s on a.parent_id = s.sensor_id
        where a.sensor_id <> p_sensor_id or cardinality(a.codes) = 1
    )
    select array_to_string(a.codes, ' under ') into v_circle
    from above as a
    where a.sensor_id = p_sensor_id and cardinality(a.codes) > 1
    limit 1;
    if found then
        raise exception 'meters would be in a circle: %', v_circle
            using errcode = 'check_violation', hint = 'Give parent as the meter above, as the wires go.';
    end if;
end
$$;
comment on function plant.check_meter_tree(int) is 'Refuses a meter that stands above itself';

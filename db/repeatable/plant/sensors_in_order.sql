-- Sensors that are there and are disabled first, as others may take their role and topic. Then meters
-- before those below them, and sensors that give up a role before those that take it.
create or replace function plant.sensors_in_order(p_items jsonb)
returns setof jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_items jsonb[];
    v_circle text;
begin
    with recursive item as (
        select i.value, i.value ->> 'code' as code, i.value ->> 'parent' as parent, i.ordinality
        from jsonb_array_elements(p_items) with ordinality as i
    ),
    placed as (
        select i.value, i.code, i.ordinality, 0 as depth
        from item as i
        where i.parent is null or not exists (select from item as p where p.code = i.parent)
        union all
        select i.value, i.code, i.ordinality, p.depth + 1
        from placed as p
        inner join item as i on p.code = i.parent
    )
    select
        array_agg(p.value order by not (
            p.value -> 'is_enabled' = 'false'
            and exists (select from plant.sensor as s where s.code = p.code)
            and (p.value ->> 'parent' is null or exists (select from plant.sensor as s where s.code = p.value ->> 'parent'))
        ), p.depth, coalesce(p.value ->> 'role', 'other') <> 'other', p.ordinality),
        (select string_agg(i.code, ', ' order by i.ordinality) from item as i where i.code not in (select x.code from placed as x))
    into v_items, v_circle
    from placed as p;
    if v_circle is not null then
        raise exception 'meters are in a circle: %', v_circle
            using errcode = 'check_violation', hint = 'Give parent as the meter above, as the wires go.';
    end if;
    return query select i.value from unnest(v_items) with ordinality as i (value, place) order by i.place;
end
$$;
comment on function plant.sensors_in_order(jsonb) is 'The sensors of a plant file in an order in which each can be made';

-- A new temperature band is a correction of history: the time out of band of every lot of this
-- reference is worked out again.
create or replace function plant.apply_reference(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_code text := p_item ->> 'code';
    v_hidden text[] := '{reference_id,source}';
    v_old plant.reference;
    v_new plant.reference;
begin
    perform set_config('lotwatt.reason', 'plant apply', true);
    select r.* into v_old from plant.reference as r where r.code = v_code for update;
    v_new := jsonb_populate_record(v_old, case when v_old.reference_id is null
        then jsonb_build_object('unit', 'piece') else '{}' end || p_item);
    v_new.source := greatest(v_old.source, 'declared');
    if v_new.temperature_minimum_c >= v_new.temperature_maximum_c then
        raise exception 'its temperature band is from % to %', v_new.temperature_minimum_c, v_new.temperature_maximum_c
            using errcode = 'check_violation', hint = 'Give a minimum below the maximum.';
    end if;
    if v_old.reference_id is null then
        insert into plant.reference (
            code, name, description, unit, family, planned_cycle, temperature_minimum_c, temperature_maximum_c, source
        )
        values (
            v_new.code, v_new.name, v_new.description, v_new.unit, v_new.family, v_new.planned_cycle,
            v_new.temperature_minimum_c, v_new.temperature_maximum_c, v_new.source
        );
    elsif v_new is distinct from v_old then
        update plant.reference as r
        set
            name = v_new.name, description = v_new.description, unit = v_new.unit, family = v_new.family,
            planned_cycle = v_new.planned_cycle, temperature_minimum_c = v_new.temperature_minimum_c,
            temperature_maximum_c = v_new.temperature_maximum_c, source = v_new.source
        where r.reference_id = v_old.reference_id;
        if (v_new.temperature_minimum_c, v_new.temperature_maximum_c)
            is distinct from (v_old.temperature_minimum_c, v_old.temperature_maximum_c) then
            perform plant.queue_runs(
                array(select l.lot_id from plant.lot as l where l.reference_id = v_old.reference_id),
                '{process_temperature}',
                format(
                    'reference %s changed: band %s to %s C -> %s to %s C', v_code,
                    coalesce(v_old.temperature_minimum_c::text, 'none'), coalesce(v_old.temperature_maximum_c::text, 'none'),
                    coalesce(v_new.temperature_minimum_c::text, 'none'), coalesce(v_new.temperature_maximum_c::text, 'none')
                )
            );
        end if;
    end if;
    perform set_config('lotwatt.reason', '', true);
    return query select * from plant.change_of(
        'reference', v_code,
        case when v_old.reference_id is not null then to_jsonb(v_old) - v_hidden end,
        to_jsonb(v_new) - v_hidden
    );
end
$$;
comment on function plant.apply_reference(jsonb) is
'Makes one reference as declared, queues what depends on its temperature band; returns what changed';

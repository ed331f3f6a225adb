create or replace function plant.apply_machine(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_code text := p_item ->> 'code';
    v_old plant.machine;
    v_new plant.machine;
    v_old_line text;
    v_line text;
    v_sites int;
begin
    select m.* into v_old from plant.machine as m where m.code = v_code for update;
    select l.code into v_old_line from plant.line as l where l.line_id = v_old.line_id;
    v_line := coalesce(p_item ->> 'line', v_old_line);
    v_new := jsonb_populate_record(v_old, case when v_old.machine_id is null
        then jsonb_build_object('name', v_code, 'topic', format('plant/%s/%s', v_line, v_code)) else '{}' end || p_item);
    v_new.line_id := plant.line_named(v_line);
    perform plant.check_topic(v_new.topic);
    if v_old.machine_id is null then
        insert into plant.machine (line_id, code, name, topic)
        values (v_new.line_id, v_new.code, v_new.name, v_new.topic);
    elsif v_new is distinct from v_old then
        select count(distinct l.site_id) into v_sites
        from plant.line as l where l.line_id in (v_old.line_id, v_new.line_id);
        if v_sites > 1 then
            raise exception 'line % is at another site, and a machine takes its history along only within a site', v_line
                using errcode = 'invalid_parameter_value', hint = 'Declare a new machine with its own code.';
        end if;
        update plant.machine as m
        set line_id = v_new.line_id, name = v_new.name, topic = v_new.topic
        where m.machine_id = v_old.machine_id;
    end if;
    return query select * from plant.record_change(
        'machine', v_code,
        case when v_old.machine_id is not null
            then to_jsonb(v_old) - '{machine_id,line_id}'::text[] || jsonb_build_object('line', v_old_line) end,
        to_jsonb(v_new) - '{machine_id,line_id}'::text[] || jsonb_build_object('line', v_line),
        'plant apply'
    );
end
$$;
comment on function plant.apply_machine(jsonb) is 'Makes one machine as declared; returns what changed';

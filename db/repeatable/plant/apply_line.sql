create or replace function plant.apply_line(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_code text := p_item ->> 'code';
    v_old plant.line;
    v_new plant.line;
    v_old_site text;
    v_site text;
begin
    select l.* into v_old from plant.line as l where l.code = v_code for update;
    select s.code into v_old_site from plant.site as s where s.site_id = v_old.site_id;
    v_site := coalesce(p_item ->> 'site', v_old_site);
    v_new := jsonb_populate_record(v_old, case when v_old.line_id is null
        then jsonb_build_object('name', v_code) else '{}' end || p_item);
    v_new.site_id := plant.site_named(v_site);
    if v_old.line_id is null then
        insert into plant.line (site_id, code, name) values (v_new.site_id, v_new.code, v_new.name);
    elsif v_new.site_id <> v_old.site_id then
        raise exception 'it belongs to site %, and a line cannot move to another site (%)', v_old_site, v_site
            using errcode = 'invalid_parameter_value', hint = 'Declare a new line with its own code.';
    elsif v_new is distinct from v_old then
        update plant.line as l set name = v_new.name where l.line_id = v_old.line_id;
    end if;
    return query select * from plant.record_change(
        'line', v_code,
        case when v_old.line_id is not null
            then to_jsonb(v_old) - '{line_id,site_id}'::text[] || jsonb_build_object('site', v_old_site) end,
        to_jsonb(v_new) - '{line_id,site_id}'::text[] || jsonb_build_object('site', v_site),
        'plant apply'
    );
end
$$;
comment on function plant.apply_line(jsonb) is 'Makes one line as declared; returns what changed';

create or replace function plant.apply_site(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_code text := p_item ->> 'code';
    v_old plant.site;
    v_new plant.site;
begin
    select s.* into v_old from plant.site as s where s.code = v_code for update;
    if not found then
        v_new := jsonb_populate_record(v_old, jsonb_build_object('name', v_code) || p_item);
    else
        v_new := jsonb_populate_record(v_old, p_item);
    end if;
    if v_new.time_zone is distinct from v_old.time_zone
        and not exists (select from pg_timezone_names as z where z.name = v_new.time_zone) then
        raise exception 'time zone % does not exist', coalesce(v_new.time_zone, '(none given)')
            using errcode = 'invalid_parameter_value', hint = 'Use a name such as Europe/Madrid.';
    end if;
    if v_old.site_id is null then
        insert into plant.site (code, name, time_zone, currency, holiday_calendar)
        values (v_new.code, v_new.name, v_new.time_zone, v_new.currency, v_new.holiday_calendar);
    elsif v_new is distinct from v_old then
        update plant.site as s
        set name = v_new.name, time_zone = v_new.time_zone, currency = v_new.currency,
            holiday_calendar = v_new.holiday_calendar
        where s.site_id = v_old.site_id;
    end if;
    return query select * from plant.record_change(
        'site', v_code,
        case when v_old.site_id is not null then to_jsonb(v_old) - 'site_id' end,
        to_jsonb(v_new) - 'site_id',
        'plant apply'
    );
end
$$;
comment on function plant.apply_site(jsonb) is 'Makes one site as declared; returns what changed';

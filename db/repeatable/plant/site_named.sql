create or replace function plant.site_named(p_code text)
returns int
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_site_id int;
begin
    select s.site_id into v_site_id from plant.site as s where s.code = p_code;
    if not found then
        raise exception 'site % does not exist', coalesce(p_code, '(none given)')
            using errcode = 'no_data_found',
                hint = format('Sites: %s.', coalesce((select string_agg(s.code, ', ' order by s.code) from plant.site as s), 'none; declare one first'));
    end if;
    return v_site_id;
end
$$;
comment on function plant.site_named(text) is 'The number of a site, or an error that lists the sites there are';

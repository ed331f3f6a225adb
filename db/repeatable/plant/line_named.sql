create or replace function plant.line_named(p_code text)
returns int
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_line_id int;
begin
    select l.line_id into v_line_id from plant.line as l where l.code = p_code;
    if not found then
        raise exception 'line % does not exist', coalesce(p_code, '(none given)')
            using errcode = 'no_data_found',
                hint = format('Lines: %s.', coalesce((select string_agg(l.code, ', ' order by l.code) from plant.line as l), 'none; declare one first'));
    end if;
    return v_line_id;
end
$$;
comment on function plant.line_named(text) is 'The number of a line, or an error that lists the lines there are';

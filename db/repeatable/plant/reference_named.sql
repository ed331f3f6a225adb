create or replace function plant.reference_named(p_code text)
returns int
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_reference_id int;
begin
    select r.reference_id into v_reference_id from plant.reference as r where r.code = p_code;
    if not found then
        raise exception 'reference % does not exist', coalesce(p_code, '(none given)')
            using errcode = 'no_data_found', hint = 'Declare it first; lotwatt references lists what there is.';
    end if;
    return v_reference_id;
end
$$;
comment on function plant.reference_named(text) is 'The number of a reference, or an error that says where to look';

-- One sentence for a name that does not exist, with what to do about it.
create or replace function plant.machine_named(p_code text)
returns int
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_machine_id int;
begin
    select m.machine_id into v_machine_id from plant.machine as m where m.code = p_code;
    if not found then
        raise exception 'machine % does not exist', p_code
            using errcode = 'no_data_found', hint = 'Declare it in the plant file and run lotwatt plant apply.';
    end if;
    return v_machine_id;
end
$$;
comment on function plant.machine_named(text) is 'Id of a machine by its code; an error that says what to do where there is none';

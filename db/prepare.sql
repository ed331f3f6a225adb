-- What a deploy needs before its first file, and only an administrator can make: the roles and the extensions.
-- Run as it is by db/migrate.py.
do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'lotwatt_owner', 'lotwatt_migrate', 'lotwatt_loader', 'lotwatt_jobs', 'lotwatt_reader', 'lotwatt_backup'
    ] loop
        if not exists (select from pg_roles where rolname = v_role) then
            execute format('create role %I nologin', v_role);
        end if;
    end loop;
end
$$;

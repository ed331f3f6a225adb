-- What a deploy needs before its first file and only an administrator can make: roles, the owner's rights, and the
-- extension that belongs to nobody but the administrator.
-- Run as it is by db/migrate.py where a superuser deploys. Roles belong to the whole server, so two databases that
-- deploy at once take turns at the lock.
lock table pg_catalog.pg_authid in share row exclusive mode;

do $$
declare
    v_role text;
    v_grant record;
begin
    foreach v_role in array array[
        'lotwatt_owner', 'lotwatt_migrate', 'lotwatt_loader', 'lotwatt_importer', 'lotwatt_jobs', 'lotwatt_reader',
        'lotwatt_backup'
    ] loop
        if not exists (select from pg_roles where rolname = v_role) then
            execute format('create role %I nologin', v_role);
        end if;
    end loop;

    -- TimescaleDB starts no policy whose owner may not log in. With no password and no connection allowed, nobody
    -- logs in as the owner, while background workers do not count as connections.
    if not exists (select from pg_roles where rolname = 'lotwatt_owner' and rolcanlogin and rolconnlimit = 0) then
        alter role lotwatt_owner login connection limit 0 password null;
    end if;

    for v_grant in
        select g.granted, g.member
        from (values
            -- a deploy acts as the owner
            ('lotwatt_owner', 'lotwatt_migrate'),
            -- what jobs work out, they work out from what readers see
            ('lotwatt_reader', 'lotwatt_jobs'),
            ('pg_read_all_data', 'lotwatt_backup'),
            -- ops.cancel_long_queries has to see and to end queries of readers
            ('pg_read_all_stats', 'lotwatt_owner'),
            ('pg_signal_backend', 'lotwatt_owner')
        ) as g (granted, member)
        where not exists (
            select from pg_auth_members as m
            where m.roleid = g.granted::regrole and m.member = g.member::regrole
        )
    loop
        execute format('grant %I to %I', v_grant.granted, v_grant.member);
    end loop;

    create extension if not exists btree_gist schema public;
    execute format('grant connect, create on database %I to lotwatt_owner', current_database());
    grant usage, create on schema public to lotwatt_owner;
    -- set by a function; PostgreSQL without TimescaleDB knows no such parameter, and asks for a right
    grant set on parameter timescaledb.max_tuples_decompressed_per_dml_transaction to lotwatt_owner;
end
$$;

-- Guard rails of readers, not walls: a session can set them back, but for the number of its connections. The grants
-- are the wall. Nothing of this reaches the members of a role, so each login that is a member now gets its own.
-- Roles belong to the whole server: those who change them take turns at the lock.
create or replace function ops.guard_readers() returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_login record;
    v_setting record;
begin
    lock table pg_catalog.pg_authid in share row exclusive mode;
    for v_login in
        select r.oid, r.rolname, r.rolconnlimit, r.rolcanlogin from pg_roles as r
        where r.rolname = 'lotwatt_reader' or r.oid in (select l.oid from ops.reader_login as l)
    loop
        for v_setting in
            select s.name, s.value
            from (values
                ('default_transaction_read_only', 'on'), ('statement_timeout', '30s'), ('search_path', 'api')
            ) as s (name, value)
            where not exists (
                select from pg_db_role_setting as d
                where d.setrole = v_login.oid and d.setdatabase = 0 and format('%s=%s', s.name, s.value) = any (d.setconfig)
            )
        loop
            execute format('alter role %I set %I = %L', v_login.rolname, v_setting.name, v_setting.value);
        end loop;
        if v_login.rolcanlogin and v_login.rolconnlimit < 0 then
            execute format(
                'alter role %I connection limit %s', v_login.rolname,
                (select s.value::int from ops.setting as s where s.name = 'reader_connections')
            );
        end if;
    end loop;
end
$$;
comment on function ops.guard_readers() is
'Gives each login of a reader its time limit, its number of connections and its search path; for a superuser';

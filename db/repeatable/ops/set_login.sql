-- Makes a login or gives one a new password. The password comes as SCRAM makes of it, so that no log has it.
create or replace function ops.set_login(p_name text, p_member text, p_verifier text) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_role text := 'lotwatt_' || p_member;
    v_old oid := (select r.oid from pg_roles as r where r.rolname = p_name);
begin
    if not (select r.rolsuper from pg_roles as r where r.rolname = current_user) then
        raise exception '% may not make logins', current_user
            using errcode = 'insufficient_privilege', hint = 'Set DATABASE_URL to the URL of a superuser.';
    end if;
    if p_member not in ('migrate', 'loader', 'importer', 'jobs', 'reader', 'backup') then
        raise exception 'there is no role %', v_role
            using errcode = 'invalid_parameter_value', hint = 'Roles for logins: migrate, loader, importer, jobs, reader, backup.';
    end if;
    if p_name like 'lotwatt\_%' or exists (select from pg_roles as r where r.oid = v_old and r.rolsuper) then
        raise exception '% is not for logins', p_name
            using errcode = 'reserved_name', hint = 'Take a name of its own, such as that of the process or the person.';
    end if;
    if p_verifier !~ '^SCRAM-SHA-256\$' then
        raise exception 'the password is not as SCRAM-SHA-256 makes it' using errcode = 'invalid_password';
    end if;
    lock table pg_catalog.pg_authid in share row exclusive mode;
    if v_old is null then
        execute format('create role %I login password %L in role %I', p_name, p_verifier, v_role);
    else
        execute format('alter role %I login password %L', p_name, p_verifier);
        execute format('grant %I to %I', v_role, p_name);
    end if;
    perform ops.guard_readers();
    return case when v_old is null then 'made' else 'changed' end;
end
$$;
comment on function ops.set_login(text, text, text) is
'Makes a login that is a member of lotwatt_<member>, or gives one a new password; says whether it was made or changed';

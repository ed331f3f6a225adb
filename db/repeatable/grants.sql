-- Who may see what. Grafana lets any viewer send any SQL, so these grants are the only boundary.
-- The reader sees api and nothing else; the loader may only call the functions of the way in.
do $$
begin
    execute format('revoke temporary, create on database %I from public', current_database());
end
$$;

revoke create on schema public from public;
revoke all on all functions in schema plant, telemetry, ingest, ops, analytics, api from public;
revoke all on all procedures in schema plant, telemetry, ingest, ops, analytics, api from public;

grant usage on schema api to lotwatt_reader;
grant select on all tables in schema api to lotwatt_reader;
grant execute on all functions in schema api to lotwatt_reader;
-- Guard rails, not walls: a session can set them back. The grants are the wall. Settings of a role do not
-- reach its members, so that each login that is a member now gets them itself.
do $$
declare
    v_login record;
begin
    for v_login in
        select r.rolname
        from pg_roles as r
        where r.rolcanlogin and not r.rolsuper and pg_has_role(r.oid, 'lotwatt_reader', 'member')
            and not pg_has_role(r.oid, 'lotwatt_jobs', 'member')
        union all
        select 'lotwatt_reader'
    loop
        execute format('alter role %I set default_transaction_read_only = on', v_login.rolname);
        execute format('alter role %I set statement_timeout = ''30s''', v_login.rolname);
        execute format('alter role %I set search_path = api', v_login.rolname);
    end loop;
end
$$;

-- The loader calls what is made for it, which runs as the owner; what replays messages is for people. Its right to
-- put readings straight into their table, and nothing else there, comes with that table (0002_telemetry.sql).
grant usage on schema ingest, telemetry to lotwatt_loader;
do $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure from pg_proc as p
        where p.pronamespace = 'ingest'::regnamespace and p.prosecdef and p.proname !~ '^replay'
    loop
        execute format('grant execute on function %s to lotwatt_loader', v_function);
    end loop;
end
$$;

grant lotwatt_reader to lotwatt_jobs;
grant usage on schema analytics to lotwatt_jobs;
grant execute on all functions in schema analytics to lotwatt_jobs;

-- What PUBLIC may do by default and a role that only selects must not: large objects and locks.
revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea), lo_open(oid, integer),
lo_unlink(oid), lo_put(oid, bigint, bytea) from public;
revoke execute on function pg_advisory_lock(bigint), pg_advisory_lock(integer, integer),
pg_advisory_lock_shared(bigint), pg_advisory_lock_shared(integer, integer),
pg_advisory_xact_lock(bigint), pg_advisory_xact_lock(integer, integer),
pg_advisory_xact_lock_shared(bigint), pg_advisory_xact_lock_shared(integer, integer),
pg_try_advisory_lock(bigint), pg_try_advisory_lock(integer, integer),
pg_try_advisory_lock_shared(bigint), pg_try_advisory_lock_shared(integer, integer),
pg_try_advisory_xact_lock(bigint), pg_try_advisory_xact_lock(integer, integer),
pg_try_advisory_xact_lock_shared(bigint), pg_try_advisory_xact_lock_shared(integer, integer) from public;

-- A role that only selects must not fill the log of changes either.
do $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure from pg_proc as p
        where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = 'pg_logical_emit_message'
    loop
        execute format('revoke execute on function %s from public', v_function);
    end loop;
end
$$;

-- TimescaleDB lets PUBLIC schedule jobs, and drop chunks by functions of its own that ask for no right on the
-- table: a reader could delete every reading, even in a read-only transaction. All of its own functions are
-- taken away but the two that reading an aggregate needs; of those in public, all that can change something.
do $$
declare
    v_function record;
begin
    for v_function in
        select p.oid::regprocedure as signature
        from pg_proc as p
        join pg_namespace as n on n.oid = p.pronamespace
        join pg_depend as d on d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e'
        join pg_extension as e on e.oid = d.refobjid
        where e.extname = 'timescaledb'
            and (
                n.nspname in ('_timescaledb_internal', 'timescaledb_experimental')
                or n.nspname = '_timescaledb_functions' and p.proname not in ('cagg_watermark', 'to_timestamp')
                or n.nspname = 'public' and p.provolatile = 'v'
                and p.proname not in ('time_bucket_gapfill', 'locf', 'interpolate')
            )
    loop
        execute format('revoke execute on routine %s from public', v_function.signature);
        execute format('grant execute on routine %s to current_user', v_function.signature);
    end loop;
    if exists (select from pg_namespace where nspname = 'timescaledb_information') then
        revoke usage on schema timescaledb_information from public;
    end if;
end
$$;

-- Who may see what. Grafana lets any viewer send any SQL, so these grants are the only boundary.
-- The reader sees api and nothing else; the loader may only call the functions of the way in.
do $$
declare
    v_role text;
begin
    foreach v_role in array array['lotwatt_reader', 'lotwatt_loader', 'lotwatt_jobs'] loop
        if not exists (select from pg_roles where rolname = v_role) then
            execute format('create role %I nologin', v_role);
        end if;
    end loop;
    execute format('revoke temporary, create on database %I from public', current_database());
end
$$;

revoke create on schema public from public;
revoke all on all functions in schema plant, telemetry, ingest, ops, analytics, api from public;
revoke all on all procedures in schema plant, telemetry, ingest, ops, analytics, api from public;

grant usage on schema api to lotwatt_reader;
grant select on all tables in schema api to lotwatt_reader;
grant execute on all functions in schema api to lotwatt_reader;
-- Guard rails, not walls: a session can set them back. The grants are the wall.
alter role lotwatt_reader set default_transaction_read_only = on;
alter role lotwatt_reader set statement_timeout = '30s';
alter role lotwatt_reader set search_path = api;

grant usage on schema ingest to lotwatt_loader;
grant execute on all functions in schema ingest to lotwatt_loader;

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

-- TimescaleDB lets PUBLIC schedule jobs: a reader could run a procedure of its own outside any timeout.
do $$
declare
    v_function record;
begin
    for v_function in
        select p.oid::regprocedure as signature, p.prokind
        from pg_proc as p
        join pg_depend as d on d.objid = p.oid and d.deptype = 'e'
        join pg_extension as e on e.oid = d.refobjid
        where e.extname = 'timescaledb'
            and p.proname in ('add_job', 'alter_job', 'delete_job', 'run_job')
    loop
        execute format(
            'revoke execute on %s %s from public',
            case v_function.prokind when 'p' then 'procedure' else 'function' end, v_function.signature
        );
    end loop;
    if exists (select from pg_namespace where nspname = 'timescaledb_information') then
        revoke usage on schema timescaledb_information from public;
    end if;
end
$$;

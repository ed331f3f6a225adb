-- What only an administrator may take from everybody: functions of PostgreSQL and TimescaleDB, and the database
-- itself. The owner keeps what it needs.
do $$
declare
    v_function regprocedure;
begin
    for v_function in select c.signature from ops.closed_function as c loop
        execute format('revoke execute on routine %s from public', v_function);
        execute format('grant execute on routine %s to lotwatt_owner', v_function);
    end loop;
    if to_regnamespace('timescaledb_information') is not null then
        revoke usage on schema timescaledb_information from public;
        grant usage on schema timescaledb_information to lotwatt_owner;
        -- it would tell the maker of the extension how this server is used
        execute format('alter database %I set timescaledb.telemetry_level = off', current_database());
    end if;
    -- a query of a board is over long before its machine code is made: 280 ms of a view that takes 10
    execute format('alter database %I set jit = off', current_database());
    revoke create on schema public from public;
    execute format('revoke all on database %I from public', current_database());
    execute format(
        'grant connect on database %I to lotwatt_owner, lotwatt_migrate, lotwatt_loader, lotwatt_importer, lotwatt_jobs,'
        ' lotwatt_reader, lotwatt_backup', current_database()
    );
end
$$;

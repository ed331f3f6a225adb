-- The loader calls what is made for it, which runs as the owner; what replays messages or imports the past is for
-- others. Its right to put readings straight into their table, and nothing else there, comes with that table
-- (0002_telemetry.sql).
grant usage on schema ingest, telemetry to lotwatt_loader;
do $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure from pg_proc as p
        where p.pronamespace = 'ingest'::regnamespace and p.prosecdef
            and p.prorettype <> 'trigger'::regtype and p.proname !~ '^(replay|import)'
    loop
        execute format('grant execute on function %s to lotwatt_loader', v_function);
    end loop;
end
$$;

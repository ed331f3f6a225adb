-- Who brings in files and reads the plant's APIs: what the past was, and corrections by the source. No right on tables.
grant usage on schema ingest to lotwatt_importer;
do $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid::regprocedure from pg_proc as p
        where p.pronamespace = 'ingest'::regnamespace and p.prosecdef
            and (p.proname ~ '^import' or p.proname in ('quarantine_messages', 'drop_messages', 'catalog', 'mappings'))
    loop
        execute format('grant execute on function %s to lotwatt_importer', v_function);
    end loop;
end
$$;

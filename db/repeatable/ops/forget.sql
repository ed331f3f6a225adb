-- What is kept for a while only, apart from ops.drop_raw: where that has to wait, this must not.
create or replace procedure ops.forget(job_id int, config jsonb)
language plpgsql
as $$
begin
    perform ingest.forget();
end
$$;
comment on procedure ops.forget(int, jsonb) is
'Forgets old quarantine and old status of devices; arguments are those of a TimescaleDB job and are not used';

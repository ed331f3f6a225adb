-- What is kept for a while only, apart from ops.drop_raw: where that has to wait, this must not. And sums of lots that
-- ended by the clock, as their end had been said before.
create or replace procedure ops.forget(job_id int, config jsonb)
language plpgsql
as $$
begin
    perform ingest.forget();
    perform telemetry.sum_missing_lots();
end
$$;
comment on procedure ops.forget(int, jsonb) is
'Forgets old quarantine and old status of devices, and adds up lots that ended unseen; arguments are those of a TimescaleDB job and are not used';

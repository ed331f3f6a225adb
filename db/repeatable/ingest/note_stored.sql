-- The other half of the fast way: the loader has put readings into telemetry.reading in this very
-- transaction, where the unique index proved that each was new. Here their quarter-hours are queued
-- and the ledger is told. One range for each quarter-hour, with the sensors that fell into it:
-- p_quarter[n] is the position in p_from and p_to that sensor p_sensor_id[n] belongs to.
create or replace function ingest.note_stored(
    p_source text, p_messages int, p_readings bigint, p_received_at timestamptz,
    p_from timestamptz[], p_to timestamptz[], p_sensor_id int[], p_quarter int[]
) returns table (stored bigint, duplicate bigint, conflict bigint, quarantined bigint, dropped bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
    select q.sensor_ids, p_from[q.quarter], p_to[q.quarter], 'reading'
    from (
        select u.quarter, array_agg(u.sensor_id) as sensor_ids
        from unnest(p_sensor_id, p_quarter) as u (sensor_id, quarter)
        group by u.quarter
    ) as q;
    perform ingest.put_ledger(p_source, p_received_at, p_messages, p_readings, 0, 0, 0, 0);
    return query select p_readings, 0::bigint, 0::bigint, 0::bigint, 0::bigint;
end
$$;

comment on function ingest.note_stored is
'Queues and counts readings that the loader has put into telemetry.reading in this transaction';

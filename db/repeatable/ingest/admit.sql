-- What the fast way of a batch needs to know, asked in its own transaction: whether the loader's
-- memory is still right, and which times may go straight into telemetry.reading. Readings that are
-- older may lie in compressed chunks, before the retention horizon or out of the window of the past:
-- these take the way of ingest.store, which judges each.
create or replace function ingest.admit(out version bigint, out from_time timestamptz, out to_time timestamptz)
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select
        (select count(*) from ingest.catalog_change),
        greatest(
            (select h.raw_from from telemetry.horizon as h),
            now() - (select s.value::interval from ops.setting as s where s.name = 'past_window'),
            now() - (select s.value::interval from ops.setting as s where s.name = 'raw_compress_after')
            + interval '1 day'
        ),
        now() + (select s.value::interval from ops.setting as s where s.name = 'future_window');
end;

comment on function ingest.admit is
'The version of what a loader keeps in memory, and the times [from, to] that may be stored the fast way';

-- The loader keeps topics, windows and mappings in memory. Each transaction that changes one of them
-- leaves a row here, and their number is the version: a batch asks for it inside its own transaction,
-- and where it moved the batch takes the slow way, which looks everything up. Rows are only added:
-- a counter in one row would make two people who change sensors wait for each other.
create or replace function ingest.bump_catalog() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ingest.catalog_change (transaction_id, what)
    values (pg_current_xact_id(), tg_table_schema || '.' || tg_table_name)
    on conflict (transaction_id, changed_at) do nothing;
    return null;
end
$$;

comment on function ingest.bump_catalog is 'Notes that what the loader keeps in memory has changed';

create or replace trigger bump_catalog after insert or update or delete or truncate on plant.sensor
for each statement execute function ingest.bump_catalog();
create or replace trigger bump_catalog after insert or update or delete or truncate on ops.setting
for each statement execute function ingest.bump_catalog();
create or replace trigger bump_catalog after update on telemetry.horizon
for each statement execute function ingest.bump_catalog();
create or replace trigger bump_catalog after insert or update or delete or truncate on ingest.mapping
for each statement execute function ingest.bump_catalog();

create or replace function ingest.import_moved(p_source text, p_position jsonb) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    insert into ingest.cursor as c (source, position) values (p_source, p_position)
    on conflict (source) do update set position = excluded.position, moved_at = now();
end;

comment on function ingest.import_moved is 'Notes how far a source has been read, in the transaction that stores it';

-- How far a source has been read. It is written in the transaction that stores what was read: after a crash reading
-- goes on where storing ended, and nothing is left out.
create or replace function ingest.import_position(p_source text) returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select c.position from ingest.cursor as c where c.source = p_source;
end;

comment on function ingest.import_position is 'How far a source has been read, in its own words; NULL: not yet';

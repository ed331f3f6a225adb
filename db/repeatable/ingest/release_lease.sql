-- A loader that ends in order gives its lease back, so that the next one need not wait.
create or replace function ingest.release_lease(p_client_id text, p_holder text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform ops.release_lease('loader ' || p_client_id, p_holder);
end
$$;

comment on function ingest.release_lease is 'Gives back the lease of a loader';

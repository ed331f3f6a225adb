-- Two loaders with one client id would throw each other off the broker for ever, so a loader holds a
-- lease and renews it. A row and not an advisory lock: those do not exclude on the embedded server.
-- The loader may call functions of ingest alone. A lease that another loader renews shows by its expiry moving on.
create or replace function ingest.hold_lease(
    p_client_id text, p_holder text, p_lifetime interval, out holder text, out expires_at timestamptz
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    holder := ops.hold_lease('loader ' || p_client_id, p_holder, p_lifetime);
    select l.expires_at into expires_at from ops.lease as l where l.name = 'loader ' || p_client_id;
end
$$;

comment on function ingest.hold_lease is
'Takes or renews the lease of a loader where it is free, and says who holds it until when';

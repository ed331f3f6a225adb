-- Two loaders with one client id would throw each other off the broker for ever, so a loader holds a
-- lease and renews it. A row and not an advisory lock: those do not exclude on the embedded server.
-- It tells who holds it: a caller that sees its own name has it.
create or replace function ingest.hold_lease(
    p_client_id text, p_holder text, p_lifetime interval, out holder text, out expires_at timestamptz
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    insert into ops.lease as l (name, holder, expires_at)
    values ('loader ' || p_client_id, p_holder, now() + p_lifetime)
    on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
    where l.holder = excluded.holder or l.expires_at < now();
    select l.holder, l.expires_at into holder, expires_at
    from ops.lease as l where l.name = 'loader ' || p_client_id;
end
$$;

comment on function ingest.hold_lease is
'Takes or renews the lease of a loader where it is free, and says who holds it until when';

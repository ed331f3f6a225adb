-- Excludes two of the same task where advisory locks cannot: a row with an end. It tells who holds it:
-- a caller that sees its own name has it. A holder whose server process is gone (it was killed, or its
-- connection broke) holds nothing any more. A server that does not list its own processes, such as the
-- embedded one, only has the end to go by.
create or replace function ops.hold_lease(p_name text, p_holder text, p_lifetime interval)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.lease as l (name, holder, expires_at, backend_pid)
    values (p_name, p_holder, now() + p_lifetime, pg_backend_pid())
    on conflict (name) do update set
        holder = excluded.holder, expires_at = excluded.expires_at, backend_pid = excluded.backend_pid
    where l.holder = excluded.holder or l.expires_at < now()
        or exists (select from pg_stat_activity as a where a.pid = pg_backend_pid())
        and not exists (select from pg_stat_activity as a where a.pid = l.backend_pid);
    return (select l.holder from ops.lease as l where l.name = p_name);
end
$$;
comment on function ops.hold_lease(text, text, interval) is
'Takes or renews a lease where it is free, and says who holds it';

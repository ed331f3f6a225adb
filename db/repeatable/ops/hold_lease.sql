-- Excludes two of the same task where advisory locks cannot: a row with an end. It tells who holds it:
-- a caller that sees its own name has it.
create or replace function ops.hold_lease(p_name text, p_holder text, p_lifetime interval)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ops.lease as l (name, holder, expires_at)
    values (p_name, p_holder, now() + p_lifetime)
    on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
    where l.holder = excluded.holder or l.expires_at < now();
    return (select l.holder from ops.lease as l where l.name = p_name);
end
$$;
comment on function ops.hold_lease(text, text, interval) is
'Takes or renews a lease where it is free, and says who holds it';

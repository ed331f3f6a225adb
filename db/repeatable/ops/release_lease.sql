create or replace function ops.release_lease(p_name text, p_holder text)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    delete from ops.lease where name = p_name and holder = p_holder;
end;
comment on function ops.release_lease(text, text) is 'Gives a lease back, so that the next one need not wait for its end';

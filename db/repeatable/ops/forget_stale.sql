create or replace function ops.forget_stale(p_stale_ids bigint[])
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    delete from ops.stale_range where stale_id = any(p_stale_ids);
end;
comment on function ops.forget_stale(bigint[]) is 'Takes ranges off the list of what has to be refreshed, once they are';

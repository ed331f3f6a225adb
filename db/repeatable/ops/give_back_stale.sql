create or replace function ops.give_back_stale(p_from timestamptz, p_to timestamptz)
returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    insert into ops.stale_range (from_time, to_time) values (p_from, p_to)
$$;
comment on function ops.give_back_stale(timestamptz, timestamptz) is 'Puts a range back whose refresh failed';

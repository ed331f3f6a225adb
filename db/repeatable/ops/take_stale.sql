-- What was rewritten since the last refresh, merged; the caller refreshes each range, and gives it back if it fails.
create or replace function ops.take_stale()
returns table (from_time timestamptz, to_time timestamptz)
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
    with gone as (
        delete from ops.stale_range returning from_time, to_time
    )
    select lower(part), upper(part)
    from (
        select unnest(range_agg(tstzrange(
            date_bin('1 hour', from_time, 'epoch'), date_bin('1 hour', to_time - interval '1 microsecond', 'epoch') + interval '1 hour'
        ))) as part
        from gone
    ) as merged
    order by 1
$$;
comment on function ops.take_stale() is
'Takes the ranges of slices rewritten since the last refresh, merged and widened to hours';

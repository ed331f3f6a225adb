-- A reader can set its statement_timeout back, so that the scheduler ends what runs for too long: a query, or a
-- transaction left open, which would hold back vacuum and the next deploy.
create or replace function ops.cancel_long_queries()
returns int
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select count(*) filter (
        where case when a.state = 'active' then pg_cancel_backend(a.pid) else pg_terminate_backend(a.pid) end
    )::int
    from pg_stat_activity as a
    inner join ops.reader_login as l on a.usesysid = l.oid
    cross join (
        select clock_timestamp() - s.value::interval as oldest
        from ops.setting as s
        where s.name = 'reader_query_limit'
    ) as t
    where
        a.datname = current_database() and (
            a.state = 'active' and a.query_start < t.oldest
            or a.state like 'idle in transaction%' and a.state_change < t.oldest
        );
end;
comment on function ops.cancel_long_queries() is
'Ends queries of readers that run for longer than the setting reader_query_limit, and sessions that leave a transaction open for so long; returns how many';

-- A reader can set its statement_timeout back, so that the scheduler ends what runs for too long. Views tell the
-- time since the statement began; a transaction left open holds no more than its snapshot.
create or replace function ops.cancel_long_queries()
returns int
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select count(*) filter (where pg_cancel_backend(a.pid))::int
    from pg_stat_activity as a
    inner join ops.reader_login as l on a.usesysid = l.oid
    where
        a.datname = current_database() and a.state = 'active'
        and a.query_start < clock_timestamp() - (
            select s.value::interval from ops.setting as s where s.name = 'reader_query_limit'
        );
end;
comment on function ops.cancel_long_queries() is
'Ends queries of readers that run for longer than the setting reader_query_limit; returns how many';

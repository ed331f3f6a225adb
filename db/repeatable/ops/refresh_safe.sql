-- The only way to refresh a continuous aggregate: never into a bucket that is still open (its later
-- rows would vanish from the real-time view), never before the first chunk that exists (a plain
-- refresh after retention wiped history). No SET clause and no exception block: either would put the
-- refresh inside a transaction, where TimescaleDB refuses it.
create or replace procedure ops.refresh_safe(p_aggregate text, p_from timestamptz, p_to timestamptz)
language plpgsql
as $$
declare
    v_from timestamptz;
    v_to timestamptz;
begin
    select min(ch.range_start) into v_from
    from timescaledb_information.continuous_aggregates as ca
    join timescaledb_information.chunks as ch
        on ch.hypertable_schema = ca.hypertable_schema and ch.hypertable_name = ca.hypertable_name
    where format('%I.%I', ca.view_schema, ca.view_name) = p_aggregate;
    if v_from is null then
        return;
    end if;
    v_from := greatest(v_from, pg_catalog.date_bin('1 hour', p_from, 'epoch'));
    v_to := least(
        pg_catalog.date_bin('1 hour', pg_catalog.now(), 'epoch'),
        pg_catalog.date_bin('1 hour', p_to, 'epoch') + interval '1 hour'
    );
    if v_to - v_from < interval '1 hour' then
        return;
    end if;
    call public.refresh_continuous_aggregate(p_aggregate::regclass, v_from, v_to);
    insert into ops.refresh_state as s (aggregate, refreshed_at, from_time, to_time)
    values (p_aggregate, pg_catalog.now(), v_from, v_to)
    on conflict (aggregate) do update set
        refreshed_at = excluded.refreshed_at, from_time = excluded.from_time, to_time = excluded.to_time;
end
$$;
comment on procedure ops.refresh_safe(text, timestamptz, timestamptz) is
'Refreshes a continuous aggregate over a range, clamped to what exists and to the last closed hour; call it outside a transaction';

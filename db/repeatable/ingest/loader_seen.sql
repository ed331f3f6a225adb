-- A sign of life, with the loader's own counters since it started: received, stored, dropped by
-- reason, reconnects, database errors, sessions that the broker had lost. Empty counters mean that
-- it has just started. What the ledger holds of this loader is noted beside them, so that the two
-- can be compared; the hours before it started do not change any more, but for clocks that differ.
create or replace function ingest.loader_seen(p_client_id text, p_counters jsonb, p_committed boolean)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_started_at timestamptz := case
        when p_counters <> '{}' then (select l.started_at from ops.loader as l where l.client_id = p_client_id)
    end;
    v_ledger jsonb;
begin
    select to_jsonb(s) into v_ledger
    from (
        select
            coalesce(sum(g.messages), 0)::bigint as messages, coalesce(sum(g.stored), 0)::bigint as stored,
            coalesce(sum(g.duplicate), 0)::bigint as duplicate, coalesce(sum(g.conflict), 0)::bigint as conflict,
            coalesce(sum(g.quarantined), 0)::bigint as quarantined, coalesce(sum(g.dropped), 0)::bigint as dropped
        from ingest.ledger as g
        where g.source = 'mqtt:' || p_client_id and g.hour >= coalesce(v_started_at, now()) - interval '1 day'
    ) as s;
    insert into ops.loader as l
        (client_id, started_at, last_seen_at, last_commit_at, counters, ledger_at_start, ledger)
    values (
        p_client_id, now(), now(), case when p_committed then now() end, p_counters,
        case when p_counters = '{}' then v_ledger end, v_ledger
    )
    on conflict (client_id) do update set
        started_at = case when excluded.counters = '{}' then excluded.started_at else l.started_at end,
        last_seen_at = excluded.last_seen_at,
        last_commit_at = coalesce(excluded.last_commit_at, l.last_commit_at),
        counters = excluded.counters,
        ledger_at_start = case when excluded.counters = '{}' then excluded.ledger else l.ledger_at_start end,
        ledger = excluded.ledger,
        is_resting = excluded.ledger is not distinct from l.ledger;
end
$$;

comment on function ingest.loader_seen is 'A sign of life of a loader, with its counters';

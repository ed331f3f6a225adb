-- The reasons behind two columns of the ledger; call it beside ingest.put_ledger with the same source and
-- time. One reason for each thing that was quarantined or dropped, and how many of it where they are many.
create or replace function ingest.put_ledger_reason(
    p_source text, p_received_at timestamptz, p_outcome text, p_reason text[], p_count bigint default 1
) returns void
language sql volatile
begin atomic
    insert into ingest.ledger_reason as l (source, hour, outcome, reason, count)
    select
        p_source, date_bin('1 hour', coalesce(p_received_at, now()), '2000-01-01 00:00+00'), p_outcome,
        coalesce(r, 'unknown'), count(*) * p_count
    from unnest(p_reason) as r
    where p_count > 0
    group by coalesce(r, 'unknown')
    order by coalesce(r, 'unknown')
    on conflict (source, hour, outcome, reason) do update set count = l.count + excluded.count;
end;

comment on function ingest.put_ledger_reason is
'Adds to the reasons why things of one source were quarantined or dropped, in the hour of receipt';

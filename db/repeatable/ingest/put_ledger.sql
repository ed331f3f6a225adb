-- Adds to the books: whatever is received ends in exactly one of the columns, so that the sum of
-- them can be compared with what the broker handed over. One row per source and hour of receipt.
create or replace function ingest.put_ledger(
    p_source text, p_received_at timestamptz, p_messages bigint, p_stored bigint, p_duplicate bigint,
    p_conflict bigint, p_quarantined bigint, p_dropped bigint
) returns void
language sql volatile
begin atomic
    insert into ingest.ledger as l
        (source, hour, messages, received, stored, duplicate, conflict, quarantined, dropped)
    select
        p_source, date_bin('1 hour', coalesce(p_received_at, now()), '2000-01-01 00:00+00'), p_messages,
        p_stored + p_duplicate + p_conflict + p_quarantined + p_dropped,
        p_stored, p_duplicate, p_conflict, p_quarantined, p_dropped
    where p_messages + p_stored + p_duplicate + p_conflict + p_quarantined + p_dropped > 0
    on conflict (source, hour) do update set
        messages = l.messages + excluded.messages,
        received = l.received + excluded.received,
        stored = l.stored + excluded.stored,
        duplicate = l.duplicate + excluded.duplicate,
        conflict = l.conflict + excluded.conflict,
        quarantined = l.quarantined + excluded.quarantined,
        dropped = l.dropped + excluded.dropped;
end;

comment on function ingest.put_ledger is
'Adds counts to the ledger of one source, in the hour of receipt';

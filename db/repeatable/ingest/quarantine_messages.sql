-- What the loader cannot decode. A message is acknowledged to the broker once it is here: left
-- unacknowledged it would come again for ever.
create or replace function ingest.quarantine_messages(
    p_source text, p_topic text[], p_payload bytea[], p_payload_length int[], p_reason text[], p_detail text[],
    p_received_at timestamptz[]
) returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select ingest.put_quarantine(p_topic, p_payload, p_payload_length, p_reason, p_detail, p_received_at);
    select ingest.put_ledger(p_source, p_received_at[1], 0, 0, 0, 0, cardinality(p_topic), 0);
    select ingest.put_ledger_reason(p_source, p_received_at[1], 'quarantined', p_reason);
    select cardinality(p_topic)::bigint;
end;

comment on function ingest.quarantine_messages is
'Quarantines messages that could not be decoded, with the first 4 kB of each; gives back how many';

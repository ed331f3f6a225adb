-- The same bad message again is one row that counts, and the table has a cap: a sensor that chatters
-- cannot fill the disk. Beyond the cap new kinds of bad message are counted by the ledger alone.
-- The digest covers topic, a zero byte (which no topic can hold) and payload.
create or replace function ingest.put_quarantine(
    p_topic text[], p_payload bytea[], p_payload_length int[], p_reason text[], p_detail text[],
    p_received_at timestamptz[], p_is_decoded boolean default false
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ingest.quarantine as q
        (reason, topic, detail, payload, payload_length, digest, first_at, last_at, count, is_decoded)
    select
        k.reason, k.topic, k.detail, k.payload, k.payload_length, k.digest, k.first_at, k.last_at, k.count,
        p_is_decoded
    from (
        select
            o.*, q.quarantine_id is not null as is_known,
            row_number() over (partition by q.quarantine_id is null order by o.reason, o.digest) as nth
        from (
            select
                u.reason, sha256(convert_to(u.topic, 'UTF8') || '\x00'::bytea || u.payload) as digest,
                left(min(u.topic), 512) as topic, min(u.detail) as detail,
                substring((array_agg(u.payload))[1] from 1 for 4096) as payload,
                max(u.payload_length) as payload_length,
                coalesce(min(u.received_at), now()) as first_at,
                coalesce(max(u.received_at), now()) as last_at, count(*) as count
            from unnest(p_topic, p_payload, p_payload_length, p_reason, p_detail, p_received_at)
                as u (topic, payload, payload_length, reason, detail, received_at)
            group by u.reason, digest
        ) as o
        left join ingest.quarantine as q on q.reason = o.reason and q.digest = o.digest
    ) as k
    where k.is_known or k.nth <= (select ingest.quarantine_room())
    order by k.reason, k.digest
    on conflict (reason, digest) do update set
        last_at = greatest(q.last_at, excluded.last_at),
        count = q.count + excluded.count;
end
$$;

comment on function ingest.put_quarantine is
'Keeps bad messages with their reason; the same one again is one row that counts';

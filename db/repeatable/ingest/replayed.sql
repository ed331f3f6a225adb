-- Ends the replay of one quarantined message, in the transaction that stored what is good of it, and counts
-- the message. Where some of it was refused again for the same reason, its row was counted up: that is taken
-- back, and it stays. Where it was refused for another reason, it has a row newer than p_newest_id, which takes
-- over when and how often it came (a row for each reading that was refused only now keeps its own payload, and
-- is not meant). Where the quarantine is full, so that no new row could be made, the old one stays as well.
create or replace function ingest.replayed(
    p_quarantine_id bigint, p_count bigint, p_last_at timestamptz, p_newest_id bigint, p_quarantined bigint
) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_reason text;
begin
    perform ingest.put_ledger('replay', q.first_at, 1, 0, 0, 0, 0, 0)
    from ingest.quarantine as q
    where q.quarantine_id = p_quarantine_id;

    update ingest.quarantine as q set count = p_count, last_at = p_last_at
    where q.quarantine_id = p_quarantine_id and q.count > p_count
    returning q.reason into v_reason;
    if found then
        return v_reason;
    end if;

    update ingest.quarantine as n set count = q.count, first_at = q.first_at, last_at = q.last_at
    from ingest.quarantine as q
    where q.quarantine_id = p_quarantine_id and n.quarantine_id > p_newest_id and n.digest = q.digest
    returning n.reason into v_reason;

    if v_reason is null and p_quarantined > 0 and (select count(*) from ingest.quarantine) >= (
        select value::bigint from ops.setting where name = 'quarantine_rows'
    ) then
        return (select q.reason from ingest.quarantine as q where q.quarantine_id = p_quarantine_id);
    end if;
    delete from ingest.quarantine as q where q.quarantine_id = p_quarantine_id;
    return v_reason;
end
$$;

comment on function ingest.replayed is
'Ends the replay of a quarantined message: it leaves, or the reason for which it stays comes back';

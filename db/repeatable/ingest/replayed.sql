-- Ends the replay of one quarantined message, in the transaction that stored what is good of it, and counts
-- the message. Where some of it was refused again for the same reason, its row was counted up: that is taken
-- back, and it stays. Where it was refused for another reason, there is a row newer than p_newest_id: that one
-- goes, and the old one, which knows when and how often it came, takes its reason. (A row for each reading
-- that was refused only now has a payload of its own, and is not meant.) Where the quarantine is full, so that
-- no new row could be made, the old one stays as well.
create or replace function ingest.replayed(
    p_quarantine_id bigint, p_count bigint, p_last_at timestamptz, p_newest_id bigint, p_quarantined bigint
) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_old ingest.quarantine;
    v_new ingest.quarantine;
begin
    select * into v_old from ingest.quarantine as q where q.quarantine_id = p_quarantine_id;
    perform ingest.put_ledger('replay', v_old.first_at, 1, 0, 0, 0, 0, 0);

    if v_old.count > p_count then
        update ingest.quarantine set count = p_count, last_at = p_last_at
        where quarantine_id = p_quarantine_id;
        return v_old.reason;
    end if;

    select * into v_new
    from ingest.quarantine as n
    where n.quarantine_id > p_newest_id and n.digest = v_old.digest
    order by n.quarantine_id limit 1;
    if found then
        delete from ingest.quarantine where quarantine_id = v_new.quarantine_id;
        update ingest.quarantine set reason = v_new.reason, detail = v_new.detail, is_decoded = v_new.is_decoded
        where quarantine_id = p_quarantine_id;
        return v_new.reason;
    end if;

    if p_quarantined > 0 and (select count(*) from ingest.quarantine) >= (
        select value::bigint from ops.setting where name = 'quarantine_rows'
    ) then
        return v_old.reason;
    end if;
    delete from ingest.quarantine where quarantine_id = p_quarantine_id;
    return null;
end
$$;

comment on function ingest.replayed is
'Ends the replay of a quarantined message: it leaves, or the reason for which it stays comes back';

create or replace function ingest.forget_quarantine(p_quarantine_ids bigint[]) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_count bigint;
begin
    -- The count first, as a loader takes them in this order too.
    update ingest.quarantine_count set counted_at = '-infinity';
    delete from ingest.quarantine where quarantine_id = any (p_quarantine_ids);
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function ingest.forget_quarantine is 'Takes messages out of the quarantine for good; says how many';

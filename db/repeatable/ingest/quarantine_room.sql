-- How many rows the quarantine has room for. Counting a full one takes longer than storing a batch, and every
-- batch with something new and bad in it asks: so what was counted is kept, and only what was added since is
-- counted again, until that is much or a minute has passed. What was taken out meanwhile shows by then.
create or replace function ingest.quarantine_room() returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_cap bigint := (select value::bigint from ops.setting where name = 'quarantine_rows');
    v_count ingest.quarantine_count;
    v_added bigint;
begin
    select * into v_count from ingest.quarantine_count;
    select count(*) into v_added
    from (select from ingest.quarantine where quarantine_id > v_count.newest_id limit 1001) as q;
    if v_added > 1000 or v_count.counted_at < now() - interval '1 minute' then
        select count(*), coalesce(max(quarantine_id), 0) into v_count.rows, v_count.newest_id
        from ingest.quarantine;
        v_added := 0;
        -- Somebody else who counts just now does as well.
        perform from ingest.quarantine_count for update skip locked;
        if found then
            update ingest.quarantine_count
            set rows = v_count.rows, newest_id = v_count.newest_id, counted_at = now();
        end if;
    end if;
    return greatest(v_cap - v_count.rows - v_added, 0);
end
$$;

comment on function ingest.quarantine_room is 'How many rows the quarantine has room for';

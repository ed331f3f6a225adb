-- What a loader finds wrong with the mappings that it has just loaded: all of it, so that what was mended since is
-- forgotten. Names that are gone by now are passed over.
create or replace function ingest.note_mapping_errors(p_name text[], p_error text[]) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    delete from ingest.mapping_error as e
    using ingest.mapping as m
    where m.mapping_id = e.mapping_id and m.name <> all (p_name);
    insert into ingest.mapping_error as e (mapping_id, error)
    select m.mapping_id, left(u.error, 1000)
    from unnest(p_name, p_error) as u (name, error)
    join ingest.mapping as m on m.name = u.name
    order by m.mapping_id
    on conflict (mapping_id) do update set error = excluded.error, found_at = now()
    where e.error <> excluded.error;
end;

comment on function ingest.note_mapping_errors is 'Keeps what a loader found wrong with mappings, all of it at once';

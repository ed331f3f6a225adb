-- A durable session keeps topic filters that the loader no longer wants, so the loader has to leave
-- them by name, and for that it has to remember them.
create or replace function ingest.subscribed(p_client_id text, p_topics text[] default null) returns text[]
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_topics is null then
        return (select l.topics from ops.loader as l where l.client_id = p_client_id);
    end if;
    update ops.loader set topics = p_topics where client_id = p_client_id;
    return p_topics;
end
$$;

comment on function ingest.subscribed is
'The topic filters that the session of a loader holds; with topics, writes them down';

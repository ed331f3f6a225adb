create or replace function ingest.held_limit() returns bigint
language sql stable
set search_path = pg_catalog, pg_temp
begin atomic
    select case when t.readings <= a.value::bigint then p.value::bigint else -1 end
    from ops.setting as p
    join ops.setting as a on a.name = 'held_readings'
    cross join lateral (
        select coalesce(sum(least(u.readings, p.value::bigint)), 0) as readings from ingest.unknown_topic as u
    ) as t
    where p.name = 'held_readings_per_topic';
end;

comment on function ingest.held_limit is
'Up to how many readings of a topic are held: none where all topics together have reached their limit';

-- Remembers the devices of a batch, within limits: somebody who publishes on ever new topics cannot fill the
-- disk, nor take the room of the devices of machines, which count apart.
create or replace function ingest.put_device(p_topic text[], p_received_at timestamptz[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_known bigint := (select value::bigint from ops.setting where name = 'devices');
    v_unknown bigint := (select value::bigint from ops.setting where name = 'unknown_devices');
begin
    insert into ingest.device as d (topic, is_known, first_at, last_at)
    select n.topic, n.is_known, n.first_at, n.last_at
    from (
        select
            o.topic, o.is_known, o.first_at, o.last_at, d.topic is not null as is_there,
            row_number() over (partition by d.topic is null, o.is_known order by o.topic) as nth
        from (
            select
                u.topic, coalesce(min(u.received_at), now()) as first_at,
                coalesce(max(u.received_at), now()) as last_at,
                exists (
                    select from plant.machine as m
                    where u.topic = m.topic or starts_with(u.topic, m.topic || '/')
                ) as is_known
            from unnest(p_topic, p_received_at) as u (topic, received_at)
            group by u.topic
        ) as o
        left join ingest.device as d on d.topic = o.topic
    ) as n
    where n.is_there
        or n.is_known and n.nth <= v_known - (select count(*) from ingest.device as x where x.is_known)
        or not n.is_known and n.nth <= v_unknown - (select count(*) from ingest.device as x where not x.is_known)
    order by n.topic
    on conflict (topic) do update set
        is_known = excluded.is_known, last_at = greatest(d.last_at, excluded.last_at);
end
$$;

comment on function ingest.put_device is
'Remembers devices, within the limits of ops.setting';

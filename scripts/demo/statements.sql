-- What the demo asks of the database. Named statements; see db/statements.py.

-- name: past_window
update ops.setting set value = '20 years' where name = 'past_window';

-- name: end
-- Where the wall clock of the replay ends: set by the first run, kept by later ones.
insert into ops.setting (name, value, description)
values ('demo_end', %(end)s::timestamptz::text, 'End of the last lot of the demo: a second run replays the same history')
on conflict (name) do update set value = setting.value
returning value::timestamptz;

-- name: is_replayed
select exists (select from ops.setting where name = 'demo_end');

-- name: loader_connections
select coalesce(max((counters ->> 'connections')::int), 0)
from ops.loader
where client_id = %(client_id)s::text and started_at > %(since)s::timestamptz;

-- name: now
select now();

-- name: ledger
select
    coalesce(sum(received), 0)::bigint, coalesce(sum(stored), 0)::bigint, coalesce(sum(duplicate), 0)::bigint,
    coalesce(sum(conflict), 0)::bigint, coalesce(sum(quarantined), 0)::bigint, coalesce(sum(dropped), 0)::bigint
from api.ledger
where source = %(source)s::text;

-- One row for each thing that lotwatt doctor looks at. What is said is a clause, what to do a sentence.
-- Whether data is fresh is judged by the data, never by what a job says of itself.
create or replace view ops.health as
with device as (
    select
        v.topic,
        s.time,
        s.is_online
    from ingest.device as v
    cross join lateral (
        select
            x.time,
            x.is_online
        from ingest.device_status as x
        where x.topic = v.topic
        order by x.time desc
        limit 1
    ) as s
),

sensor as (
    select
        s.code,
        l.last_at,
        l.received_at,
        l.last_at is null or l.last_at < now() - greatest(s.max_gap, 5 * s.sampling_interval) as is_silent,
        exists (
            select from device as d
            where not d.is_online and starts_with(s.topic, d.topic || '/')
        ) as is_offline
    from plant.sensor as s
    left join lateral (
        select
            r.time as last_at,
            r.received_at
        from telemetry.reading as r
        where r.sensor_id = s.sensor_id
        order by r.time desc
        limit 1
    ) as l on true
    where s.is_enabled and s.kind <> 'state'
),

young as (
    select min(a.applied_at) > now() - interval '7 days' as is_young from ops.applied_sql as a
),

queue as (
    select
        (select count(*) from telemetry.dirty) + (select count(*) from telemetry.dirty_run) as ranges,
        (select t.last_run_at from ops.task_state as t where t.name = 'settle') as settled_at
)

select
    1 as place,
    'freshness' as check,
    coalesce(max(s.received_at) > now() - interval '5 minutes', false) as is_ok,
    coalesce(
        'the newest reading came ' || date_trunc('second', now() - max(s.received_at)) || ' ago', 'no reading yet'
    ) as said,
    'See that devices publish, and that lotwatt ingest mqtt runs.' as hint
from sensor as s
union all
select
    2,
    'silent sensors',
    count(*) filter (where s.is_silent) = 0,
    format('%s of %s sensors are silent', count(*) filter (where s.is_silent), count(*))
    || coalesce(': ' || array_to_string((array_agg(
        format('%s (%s)', s.code, coalesce('last at ' || to_char(s.last_at, 'YYYY-MM-DD HH24:MI'), 'never heard'))
        order by s.code
    ) filter (where s.is_silent))[:5], ', '), '')
    || coalesce(
        '; ' || nullif(count(*) filter (where s.is_silent and s.is_offline), 0)
        || ' of them lie under a device that is offline', ''
    ),
    'See to the devices; where one is gone for good, set is_enabled = false in the plant file.'
from sensor as s
union all
select
    3,
    'unknown topics',
    count(*) = 0,
    format('%s topics without a sensor', count(*))
    || coalesce(': ' || array_to_string((array_agg(u.topic order by u.last_at desc))[:5], ', '), ''),
    'lotwatt sensor adopt TOPIC makes a sensor of one and brings in what was held for it.'
from ingest.unknown_topic as u
union all
select
    4,
    'quarantine',
    coalesce(sum(r.count), 0) = 0,
    format('%s messages were not understood in the last day', coalesce(sum(r.count), 0))
    || coalesce(': ' || string_agg(distinct r.reason, ', '), ''),
    'lotwatt quarantine list shows them; mend the cause, then lotwatt quarantine replay brings them in.'
from ingest.ledger_reason as r
where r.outcome = 'quarantined' and r.hour > now() - interval '1 day' and r.source <> 'replay'
union all
select
    5,
    'settling',
    q.ranges = 0 or coalesce(q.settled_at > now() - interval '2 minutes', false),
    format(
        '%s ranges wait, last settled %s', q.ranges,
        coalesce(date_trunc('second', now() - q.settled_at)::text || ' ago', 'never')
    ),
    'Start lotwatt scheduler.'
from queue as q
union all
select
    6,
    'parked ranges',
    count(*) = 0,
    format('%s ranges could not be settled', count(*)) || coalesce(': ' || min(p.reason), ''),
    'Mend what the reason names, then run lotwatt db retry-parked.'
from telemetry.parked as p
union all
select
    7,
    'aggregates',
    count(*) = 0 or coalesce(max(t.last_run_at) > now() - interval '5 minutes', false),
    format('%s ranges wait to be refreshed', count(s.stale_id)),
    'Start lotwatt scheduler.'
from ops.stale_range as s
cross join (select max(x.last_run_at) as last_run_at from ops.task_state as x where x.name = 'refresh') as t
union all
select
    8,
    'scheduler',
    count(*) = 0,
    format('%s tasks failed when they last ran', count(*))
    || coalesce(': ' || string_agg(t.name || ': ' || t.error, '; ' order by t.name), ''),
    'Read the log of lotwatt scheduler, mend the cause; it tries again by itself.'
from ops.task_state as t
where t.error is not null
union all
select
    9,
    'loader',
    coalesce(min(l.last_seen_at) > now() - interval '1 minute', false),
    coalesce(string_agg(
        format('%s seen %s ago', l.client_id, date_trunc('second', now() - l.last_seen_at)), ', '
        order by l.last_seen_at
    ), 'never seen'),
    'Start lotwatt ingest mqtt. One that is gone for good is forgotten after a day.'
from ops.loader as l
where l.last_seen_at > now() - interval '1 day'
    or l.last_seen_at = (select max(n.last_seen_at) from ops.loader as n)
union all
select
    10,
    'devices',
    count(*) filter (where not d.is_online) = 0,
    format('%s of %s devices are offline', count(*) filter (where not d.is_online), count(*))
    || coalesce(': ' || array_to_string((array_agg(
        format('%s said so at %s', d.topic, to_char(d.time, 'YYYY-MM-DD HH24:MI')) order by d.topic
    ) filter (where not d.is_online))[:5], ', '), ''),
    'Their sensors are silent for that reason; see to power and network of the devices.'
from device as d
union all
select
    11,
    'room in the quarantine',
    q.kept < g.room,
    format('%s of %s rows are used', q.kept, g.room),
    'New kinds of bad messages are only counted now. Replay them, or lotwatt quarantine forget --reason R.'
from (select count(*) as kept from ingest.quarantine) as q
cross join (
    select s.value::bigint as room
    from ops.setting as s
    where s.name = 'quarantine_rows'
) as g
union all
select
    12,
    'mappings',
    count(*) = 0,
    format('%s mappings cannot be used', count(*))
    || coalesce(': ' || string_agg(m.name || ': ' || e.error, '; ' order by m.name), ''),
    'Mend the rows of ingest.mapping, then see what lotwatt mapping check says.'
from ingest.mapping_error as e
join ingest.mapping as m on m.mapping_id = e.mapping_id
where m.is_enabled
union all
-- a database younger than a week has time to begin with backups
select
    13,
    'backup',
    coalesce(max(b.made_at) > now() - interval '2 days', false) or y.is_young,
    coalesce('the last one is ' || date_trunc('second', now() - max(b.made_at)) || ' old', 'none was made yet'),
    'Run lotwatt db backup every day; see docs/backup.md.'
from ops.backup as b
right join young as y on true
group by y.is_young
union all
select
    14,
    'restore',
    coalesce(max(c.checked_at) filter (where c.difference is null) > now() - interval '7 days', y.is_young)
    and coalesce((array_agg(c.difference is null order by c.checked_at desc, c.check_id desc))[1], true),
    coalesce(
        'a backup was restored and compared '
        || date_trunc('second', now() - max(c.checked_at) filter (where c.difference is null)) || ' ago',
        'no backup was restored and compared yet'
    )
    || case
        when not (array_agg(c.difference is null order by c.checked_at desc, c.check_id desc))[1]
            then '; the last one that was looked at is not as it should be'
        else ''
    end,
    'Run lotwatt db verify-backup every week, and read what it says.'
from ops.restore_check as c
right join young as y on true
group by y.is_young;
comment on view ops.health is 'What lotwatt doctor looks at in the database: one row for each check';

-- Takes away what has been kept long enough. Of a device's status the last one always stays; older than a
-- day, what lies between two that say the same tells nothing and goes too, so that devices that say
-- "online" every minute stay small. Both ends stay, as something late may still fall between. A device that
-- cannot make up its mind keeps its newest words. Readings are held for a sensor as long as raw readings
-- would be kept.
create or replace function ingest.forget(
    out quarantined bigint, out topics bigint, out statuses bigint, out devices bigint
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_quarantine timestamptz := (
        select now() - value::interval from ops.setting where name = 'quarantine_retention'
    );
    v_status timestamptz := (
        select now() - value::interval from ops.setting where name = 'device_status_retention'
    );
    v_changes bigint := (select value::bigint from ops.setting where name = 'device_changes');
    v_held timestamptz := (select now() - value::interval from ops.setting where name = 'raw_retention');
begin
    topics := 0;
    if exists (select from ingest.unknown_topic where last_at < v_held) then
        -- As for a sensor that is adopted: a batch that is putting readings aside must not lose its topic.
        perform pg_advisory_xact_lock(hashtext('ingest.held_reading'));
        delete from ingest.held_reading as h using ingest.unknown_topic as t
        where t.topic = h.topic and t.last_at < v_held;
        delete from ingest.unknown_topic where last_at < v_held;
        get diagnostics topics = row_count;
    end if;

    -- The count first, as a loader takes them in this order too.
    update ingest.quarantine_count set counted_at = '-infinity';
    delete from ingest.quarantine where last_at < v_quarantine;
    get diagnostics quarantined = row_count;

    delete from ingest.device where not is_known and last_at < v_quarantine;
    get diagnostics devices = row_count;

    delete from ingest.device_status as s
    using (
        select
            x.topic, x.time, x.is_online, count(*) over v as nth,
            lag(x.is_online) over w as before, lead(x.is_online) over w as after
        from ingest.device_status as x
        window
            w as (partition by x.topic order by x.time),
            v as (partition by x.topic order by x.time desc)
    ) as o
    where s.topic = o.topic and s.time = o.time and o.after is not null
        and (
            o.time < v_status or o.nth > v_changes
            or o.time < now() - interval '1 day' and o.before = o.is_online and o.after = o.is_online
        );
    get diagnostics statuses = row_count;
end
$$;

comment on function ingest.forget is
'Takes away quarantine, unknown topics and status of devices that were kept long enough; says how much of each';

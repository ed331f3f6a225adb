-- Some messages hold nothing to keep and are only counted, each for one of these reasons:
--   empty_payload      which is how a retained message is deleted
--   retained_no_time   it comes again with each subscription, and would be a new reading each time
--   ignored            of a topic that a mapping says to leave alone
--   bad_quality        the device itself says that the value is not good, and a mapping to drop such values
--   unknown_sensor     no sensor has its topic, and a mapping says to drop such readings
-- The ledger also knows disabled_sensor, for readings.
create or replace function ingest.drop_messages(p_source text, p_reason text, p_count bigint) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_reason is null
        or p_reason not in ('empty_payload', 'retained_no_time', 'ignored', 'bad_quality', 'unknown_sensor') then
        raise exception 'messages cannot be dropped for reason "%"', p_reason
            using errcode = 'invalid_parameter_value',
                hint = 'Quarantine them with ingest.quarantine_messages instead.';
    end if;
    if p_count is null or p_count < 1 then
        raise exception 'the number of dropped messages is %', coalesce(p_count::text, 'missing')
            using errcode = 'invalid_parameter_value', hint = 'Count at least one.';
    end if;
    perform ingest.put_ledger(p_source, now(), 0, 0, 0, 0, 0, p_count);
    perform ingest.put_ledger_reason(p_source, now(), 'dropped', array[p_reason], p_count);
    return p_count;
end
$$;

comment on function ingest.drop_messages is 'Counts messages that hold nothing to keep, by reason';

-- Raw readings past retention go; slices stay. What each meter advanced is frozen before, so that the
-- ledger can be proved afterwards, and nothing goes while changes of that time wait to be settled
-- or are parked.
create or replace procedure ops.drop_raw(job_id int, config jsonb)
language plpgsql
as $$
declare
    v_from timestamptz := pg_catalog.date_bin('1 day', pg_catalog.now() - (
        select s.value::interval from ops.setting as s where s.name = 'raw_retention'
    ), 'epoch');
begin
    if exists (select from telemetry.dirty as d where d.from_time < v_from)
        or exists (select from telemetry.dirty_run as d where d.from_time < v_from)
        or exists (select from telemetry.parked as p where p.from_time < v_from) then
        raise notice 'readings before % are kept for now: changes of that time are not settled yet, or are parked', v_from;
        return;
    end if;
    perform telemetry.freeze_registers(v_from);
    update telemetry.horizon as h set raw_from = v_from where h.raw_from < v_from;
    perform public.drop_chunks('telemetry.reading', older_than => v_from - interval '1 day');
end
$$;
comment on procedure ops.drop_raw(int, jsonb) is
'Drops raw readings older than the setting raw_retention; arguments are those of a TimescaleDB job and are not used';

-- Ends a run that nobody ended. A run told by events gets the stop that was missing; one that was
-- asserted gets its end; one that readings claim is corrected to none from then on.
create or replace function plant.close_run(p_run_id int, p_at timestamptz, p_reason text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_run plant.lot_run;
    v_machine text;
    v_lot text;
    v_cause text;
    v_to timestamptz;
begin
    select r.* into v_run from plant.lot_run as r where r.run_id = p_run_id;
    if not found then
        raise exception 'run % does not exist', p_run_id
            using errcode = 'no_data_found', hint = 'lotwatt lot show NUMBER lists the runs of a lot.';
    end if;
    if not v_run.during @> p_at or p_at = lower(v_run.during) or not isfinite(p_at) then
        raise exception 'run % lasts from % to %: it cannot be closed at %', p_run_id, lower(v_run.during),
            coalesce(upper(v_run.during)::text, 'now on'), p_at
            using errcode = 'invalid_parameter_value', hint = 'Give an instant within the run.';
    end if;
    select m.code into strict v_machine from plant.machine as m where m.machine_id = v_run.machine_id;
    select l.number into strict v_lot from plant.lot as l where l.lot_id = v_run.lot_id;
    v_cause := format('run %s of lot %s closed%s', p_run_id, v_lot, coalesce(': ' || p_reason, ''));
    perform pg_advisory_xact_lock(1819244146, v_run.machine_id);

    if v_run.source = 'event' then
        insert into plant.lot_event (machine_id, lot_id, event, occurred_at)
        values (v_run.machine_id, v_run.lot_id, 'stop', p_at) on conflict do nothing;
        select min(e.occurred_at) into v_to
        from plant.lot_event as e
        where e.machine_id = v_run.machine_id and e.event = 'start' and e.occurred_at > p_at;
    elsif v_run.source = 'payload' then
        perform plant.assign_run(v_machine, null, p_at, upper(v_run.during), null, 'correction', v_cause);
        return;
    else
        select nullif(max(coalesce(upper(a.during), 'infinity')), 'infinity') into v_to
        from plant.run_assertion as a
        where a.machine_id = v_run.machine_id and a.lot_id = v_run.lot_id and a.source = v_run.source
            and a.during @> p_at and a.withdrawn_at is null;
        update plant.run_assertion as a
        set during = tstzrange(lower(a.during), p_at)
        where a.machine_id = v_run.machine_id and a.lot_id = v_run.lot_id and a.source = v_run.source
            and a.during @> p_at and a.withdrawn_at is null;
    end if;
    -- what was said may go on after another run that interrupts it
    perform plant.resolve_runs(v_run.machine_id, p_at, coalesce(v_to, 'infinity'), v_cause);
end
$$;
comment on function plant.close_run(int, timestamptz, text) is 'Ends a run at an instant within it';

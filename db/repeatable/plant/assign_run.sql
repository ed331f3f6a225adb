-- A person, an MES or a plant file says which lot a machine ran. What a weaker source held in the
-- range is taken away by precedence; what a stronger one holds stays.
create or replace function plant.assign_run(
    p_machine text, p_lot text, p_from timestamptz, p_to timestamptz, p_operator text,
    p_source text, p_reason text
) returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_machine_id int := plant.machine_named(p_machine);
    v_lot_id int;
    v_operator_id int;
    v_assertion_id int;
    v_source plant.run_source;
begin
    if p_source not in ('declared', 'correction') then
        raise exception 'a run cannot be assigned with source %', p_source
            using errcode = 'invalid_parameter_value', hint = 'Use declared (an MES, a plan) or correction (a person).';
    end if;
    v_source := p_source::plant.run_source;
    if not isfinite(p_from) or p_from is null or not coalesce(isfinite(p_to), true) then
        raise exception 'a run needs a start, and an end that is a time or open, not infinity'
            using errcode = 'invalid_parameter_value', hint = 'Leave the end out for a run that goes on.';
    end if;
    if p_to <= p_from then
        raise exception 'the run of lot % on machine % would end at %, not after its start at %', p_lot, p_machine, p_to, p_from
            using errcode = 'invalid_parameter_value', hint = 'Give an end after the start.';
    end if;
    perform pg_advisory_xact_lock(1819244146, v_machine_id);
    if not exists (select from plant.lot as l where l.number = p_lot)
        or not exists (select from plant.operator as o where o.code = p_operator) then
        perform pg_advisory_xact_lock(1819244148);
    end if;
    if p_lot is not null then
        insert into plant.lot (number, source) values (p_lot, v_source) on conflict (number) do nothing;
        select l.lot_id into strict v_lot_id from plant.lot as l where l.number = p_lot;
    end if;
    if p_operator is not null then
        insert into plant.operator (code) values (p_operator) on conflict (code) do nothing;
        select o.operator_id into strict v_operator_id from plant.operator as o where o.code = p_operator;
    end if;

    -- the same said twice is said once
    select a.assertion_id into v_assertion_id
    from plant.run_assertion as a
    where a.machine_id = v_machine_id and a.lot_id is not distinct from v_lot_id and a.source = v_source
        and a.during = tstzrange(p_from, p_to) and a.withdrawn_at is null
        and a.operator_id is not distinct from v_operator_id
        and not exists (
            select from plant.run_assertion as b
            where b.machine_id = v_machine_id and b.withdrawn_at is null and b.source = v_source
                and b.assertion_id > a.assertion_id and b.during && a.during
        );
    if found then
        return v_assertion_id;
    end if;
    insert into plant.run_assertion (machine_id, lot_id, operator_id, during, source, reason)
    values (v_machine_id, v_lot_id, v_operator_id, tstzrange(p_from, p_to), v_source, p_reason)
    returning assertion_id into v_assertion_id;
    perform plant.resolve_runs(
        v_machine_id, p_from, coalesce(p_to, 'infinity'),
        format('%s: lot %s on %s%s', v_source, coalesce(p_lot, 'none'), p_machine, coalesce(' (' || p_reason || ')', ''))
    );
    return v_assertion_id;
end
$$;
comment on function plant.assign_run(text, text, timestamptz, timestamptz, text, text, text) is
'Says that a machine ran a lot (NULL: none) from one instant to another (NULL: still open); returns the assertion''s number';

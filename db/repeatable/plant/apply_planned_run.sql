-- A plan is only ever added to: what is said later holds from then on for the same machine and time, and what was
-- said before stays, as a forecast that is judged afterwards could go by no more.
create or replace function plant.apply_planned_run(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_machine_id int := plant.machine_named(p_item ->> 'machine');
    v_reference_id int := case when p_item ? 'reference' then plant.reference_named(p_item ->> 'reference') end;
    v_from timestamptz := (p_item ->> 'from')::timestamptz;
    v_to timestamptz := (p_item ->> 'to')::timestamptz;
    v_quantity float8 := (p_item ->> 'quantity')::float8;
    v_planned_at timestamptz := coalesce((p_item ->> 'planned_at')::timestamptz, now());
begin
    if v_from >= v_to then
        raise exception 'it would end at %, not after its start at %', v_to, v_from
            using errcode = 'invalid_parameter_value', hint = 'Give an end after the start.';
    end if;
    if v_planned_at > now() then
        raise exception 'it was planned at %, which is still to come', v_planned_at
            using errcode = 'invalid_parameter_value', hint = 'Leave planned_at out: it is now.';
    end if;
    -- the same said twice is said once
    if exists (
        select from plant.planned_run as p
        where p.machine_id = v_machine_id and p.during = tstzrange(v_from, v_to)
            and p.reference_id is not distinct from v_reference_id and p.quantity is not distinct from v_quantity
            and (p.planned_at = v_planned_at or not p_item ? 'planned_at' and not exists (
                select from plant.planned_run as q
                where q.machine_id = p.machine_id and q.during && p.during and q.planned_at > p.planned_at
            ))
    ) then
        return;
    end if;
    if exists (
        select from plant.planned_run as p
        where p.machine_id = v_machine_id and p.planned_at = v_planned_at and p.during && tstzrange(v_from, v_to)
    ) then
        raise exception 'it overlaps another planned run of machine % from the same plan', p_item ->> 'machine'
            using errcode = 'invalid_parameter_value', hint = 'A machine runs one lot at a time: mend the plan.';
    end if;
    insert into plant.planned_run (machine_id, reference_id, during, quantity, planned_at)
    values (v_machine_id, v_reference_id, tstzrange(v_from, v_to), v_quantity, v_planned_at);
    return query select
        'planned run'::text,
        format('of %s on %s', coalesce(p_item ->> 'reference', 'nothing'), p_item ->> 'machine'),
        'create'::text, null::jsonb, p_item;
end
$$;
comment on function plant.apply_planned_run(jsonb) is 'Plans a run of a machine, unless that is the plan already; returns what changed';

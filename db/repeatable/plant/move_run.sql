-- Moves a whole run to another lot, as a correction by a person.
create or replace function plant.move_run(p_run_id int, p_lot text, p_reason text)
returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_run record;
begin
    select r.during, m.code as machine, l.number as lot, o.code as operator into v_run
    from plant.lot_run as r
    join plant.machine as m using (machine_id)
    join plant.lot as l using (lot_id)
    left join plant.operator as o using (operator_id)
    where r.run_id = p_run_id;
    if not found then
        raise exception 'run % does not exist', p_run_id
            using errcode = 'no_data_found', hint = 'lotwatt lot show NUMBER lists the runs of a lot.';
    end if;
    if not exists (select from plant.lot as l where l.number = p_lot) then
        raise exception 'lot % does not exist', p_lot
            using errcode = 'no_data_found', hint = 'Declare it with lotwatt plant apply, or use lotwatt run assign, which creates it.';
    end if;
    return plant.assign_run(
        v_run.machine, p_lot, lower(v_run.during), upper(v_run.during), v_run.operator, 'correction',
        format('run %s moved from lot %s to %s%s', p_run_id, v_run.lot, p_lot, coalesce(': ' || p_reason, ''))
    );
end
$$;
comment on function plant.move_run(int, text, text) is 'Moves a run to another lot as a correction; returns the assertion''s number';

-- Runs that lot events tell of: from a start to the earliest of the lot's own stop and the next start.
-- Order of arrival does not matter, as runs are worked out from the events anew.
create or replace function plant.event_run(p_machine_id int, p_from timestamptz, p_to timestamptz)
returns table (lot_id int, operator_id int, from_time timestamptz, to_time timestamptz)
language sql stable
as $$
    with start as (
        select e.lot_id, e.operator_id, e.occurred_at, (
            select min(n.occurred_at) from plant.lot_event as n
            where n.machine_id = p_machine_id and n.event = 'start' and n.occurred_at > e.occurred_at
        ) as next_start_at, (
            select min(n.occurred_at) from plant.lot_event as n
            where n.machine_id = p_machine_id and n.event = 'stop' and n.lot_id = e.lot_id
                and n.occurred_at > e.occurred_at
        ) as stop_at
        from plant.lot_event as e
        where e.machine_id = p_machine_id and e.event = 'start' and e.occurred_at < p_to
            and e.occurred_at >= coalesce((
                select max(b.occurred_at) from plant.lot_event as b
                where b.machine_id = p_machine_id and b.event = 'start' and b.occurred_at <= p_from
            ), '-infinity')
    ),
    -- two lots that start on one machine in the same instant: the greater number has it, and both are shown as a conflict
    single as (
        select distinct on (s.occurred_at) s.*
        from start as s join plant.lot as l using (lot_id)
        order by s.occurred_at, l.number desc
    )
    select lot_id, operator_id, occurred_at, least(next_start_at, stop_at)
    from single
    where coalesce(least(next_start_at, stop_at) > p_from, true)
$$;
comment on function plant.event_run(int, timestamptz, timestamptz) is
'Runs of a machine told by lot events that overlap a range; to_time NULL: still open';

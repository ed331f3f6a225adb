-- Who has the machine, by precedence: correction > declared > event > payload; among assertions of
-- one source the newest. Cut to the range.
create or replace function plant.wanted_run(p_machine_id int, p_from timestamptz, p_to timestamptz)
returns table (lot_id int, operator_id int, during tstzrange, source plant.run_source)
language sql stable
as $$
    with assertion as materialized (
        select a.assertion_id, a.lot_id, a.operator_id, a.source, a.during * tstzrange(p_from, nullif(p_to, 'infinity')) as during
        from plant.run_assertion as a
        where a.machine_id = p_machine_id and a.withdrawn_at is null and a.during && tstzrange(p_from, nullif(p_to, 'infinity'))
    ),
    asserted as (
        select a.lot_id, a.operator_id, unnest(tstzmultirange(a.during) - coalesce((
            select range_agg(b.during) from assertion as b
            where b.during && a.during
                and (b.source > a.source or b.source = a.source and b.assertion_id > a.assertion_id)
        ), '{}')) as during, a.source
        from assertion as a
    ),
    held as (
        select coalesce(range_agg(during), '{}') as during from assertion
    ),
    event as materialized (
        select e.lot_id, e.operator_id, tstzrange(e.from_time, e.to_time) * tstzrange(p_from, nullif(p_to, 'infinity')) as during
        from plant.event_run(p_machine_id, p_from, p_to) as e
        where e.from_time < p_to
    ),
    claimed as materialized (
        select l.lot_id, o.operator_id, tstzrange(c.from_time, c.to_time) as during
        from plant.claimed_run(p_machine_id, p_from, p_to) as c
        join plant.lot as l on l.number = c.lot
        left join plant.operator as o on o.code = c.operator
    )
    select a.lot_id, a.operator_id, a.during, a.source from asserted as a where a.lot_id is not null
    union all
    select e.lot_id, e.operator_id, unnest(tstzmultirange(e.during) - h.during), 'event'
    from event as e cross join held as h
    union all
    select c.lot_id, c.operator_id, unnest(tstzmultirange(c.during) - h.during - coalesce((
        select range_agg(e.during) from event as e where e.during && c.during
    ), '{}')), 'payload'
    from claimed as c cross join held as h
$$;
comment on function plant.wanted_run(int, timestamptz, timestamptz) is
'Runs of a machine as assertions, events and claims say, cut to a range';

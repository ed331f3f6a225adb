-- Makes plant.lot_run of one machine equal to what assertions, events and claims say, within a
-- range, and queues the slices of what changed. The caller holds the lock of the machine.
create or replace function plant.resolve_runs(
    p_machine_id int, p_from timestamptz, p_to timestamptz, p_cause text
) returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_old plant.lot_run[];
    v_new plant.lot_run[];
    v_window tstzrange := tstzrange(p_from, nullif(p_to, 'infinity'));
    v_wide tstzrange := tstzrange(p_from - interval '1 microsecond', nullif(p_to, 'infinity') + interval '1 microsecond');
    v_conflicts plant.claim_conflict[];
    v_changed int;
begin
    select array_agg(r::plant.lot_run) into v_old
    from plant.lot_run as r
    where r.machine_id = p_machine_id
        and r.during && v_wide;

    -- what lies outside the range stays; touching pieces of one lot and source are one run
    with piece as (
        select lot_id, operator_id, during, source
        from plant.wanted_run(p_machine_id, p_from, p_to)
        union all
        select o.lot_id, o.operator_id, part, o.source
        from unnest(v_old) as o
        cross join lateral unnest(tstzmultirange(o.during) - tstzmultirange(v_window)) as x (part)
    ),
    marked as (
        select *, lag(upper(during)) over w is distinct from lower(during)
            or lag(lot_id) over w <> lot_id or lag(source) over w <> source
            or (source <> 'payload' and lag(operator_id) over w is distinct from operator_id) as is_new
        from piece window w as (order by lower(during))
    ),
    numbered as (
        select *, sum(is_new::int) over (order by lower(during)) as run_no from marked
    ),
    wanted as (
        select min(lot_id) as lot_id, (array_agg(operator_id order by lower(during)) filter (where operator_id is not null))[1] as operator_id,
            tstzrange(min(lower(during)), case when bool_or(upper_inf(during)) then null else max(upper(during)) end) as during,
            min(source) as source
        from numbered group by run_no
    ),
    -- a run keeps its number while it begins when it did, or else while it is the same lot's
    matched as (
        select distinct on (o.run_id) o.run_id, w.during
        from unnest(v_old) as o
        join wanted as w on w.during && o.during
        order by o.run_id, lower(w.during) = lower(o.during) desc, w.lot_id = o.lot_id desc, lower(w.during)
    ),
    kept as (
        select distinct on (m.during) m.run_id, m.during
        from matched as m join unnest(v_old) as o using (run_id)
        order by m.during, lower(m.during) = lower(o.during) desc, m.run_id
    )
    select array_agg(row(
        coalesce(k.run_id, nextval(pg_get_serial_sequence('plant.lot_run', 'run_id'))::int),
        w.lot_id, p_machine_id, w.operator_id, w.during, w.source
    )::plant.lot_run) into v_new
    from wanted as w
    left join kept as k using (during);

    delete from plant.lot_run as r
    using unnest(v_old) as o
    where r.run_id = o.run_id
        and not exists (select from unnest(v_new) as n where n.run_id = o.run_id and n = o);
    insert into plant.lot_run overriding system value
    select n.* from unnest(v_new) as n
    where not exists (select from unnest(v_old) as o where o.run_id = n.run_id and n = o);

    -- an audit row where a run that somebody has seen changes hands or vanishes (not where it grows)
    insert into plant.audit (object, name, old_value, new_value, reason)
    select 'run', o.run_id::text, jsonb_build_object('lot', ol.number, 'during', o.during, 'source', o.source),
        case when n.run_id is not null
            then jsonb_build_object('lot', nl.number, 'during', n.during, 'source', n.source) end, p_cause
    from unnest(v_old) as o
    join plant.lot as ol on ol.lot_id = o.lot_id
    left join unnest(v_new) as n on n.run_id = o.run_id
    left join plant.lot as nl on nl.lot_id = n.lot_id
    where n.run_id is null or n.lot_id <> o.lot_id
        or (n.source > o.source) or not n.during @> o.during;

    with change as (
        select o.during as old_during, n.during as new_during, n.lot_id is not distinct from o.lot_id as is_same_lot,
            o.run_id is null or n.run_id is null as is_lone, coalesce(o.during, n.during) as any_during
        from unnest(v_old) as o
        full join unnest(v_new) as n on n.run_id = o.run_id
        where o.run_id is null or n.run_id is null or o.lot_id <> n.lot_id or o.during <> n.during
    ),
    part as (
        -- the same lot over another range: only the difference; anything else: all of both
        select unnest(case
            when is_same_lot and not is_lone
                then (tstzmultirange(old_during) - tstzmultirange(new_during)) + (tstzmultirange(new_during) - tstzmultirange(old_during))
            when is_lone then tstzmultirange(any_during)
            else tstzmultirange(old_during) + tstzmultirange(new_during)
        end) as part, is_lone
        from change
    ),
    -- a run that comes or goes decides whether the time around it, up to the next one there is or was,
    -- lies between two runs
    other as (
        select r.during from plant.lot_run as r where r.machine_id = p_machine_id
        union all
        select o.during from unnest(v_old) as o
    ),
    wide as (
        select case when is_lone then coalesce((
                select max(upper(r.during)) from other as r where r.during << p.part
            ), lower(part)) else lower(part) end as from_time,
            coalesce(case when is_lone then coalesce((
                select min(lower(r.during)) from other as r where r.during >> p.part
            ), upper(part)) else upper(part) end, 'infinity') as to_time
        from part as p
    )
    insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
    select s.sensor_ids, w.from_time, w.to_time, p_cause
    from wide as w
    cross join (
        select array_agg(sensor_id) as sensor_ids from plant.sensor where machine_id = p_machine_id
    ) as s
    where s.sensor_ids is not null;
    get diagnostics v_changed = row_count;

    -- a conflict that reaches beyond the range keeps what lies outside of it
    with gone as (
        delete from plant.claim_conflict as c
        where c.machine_id = p_machine_id and c.during && v_wide
        returning c as one
    )
    select array_agg(one) into v_conflicts from gone;
    with part as (
        select unnest(tstzmultirange(c.during) - tstzmultirange(v_window)) as during, c.lots
        from unnest(v_conflicts) as c
        union all
        select tstzrange(c.from_time, c.to_time), c.lots
        from plant.claimed_run(p_machine_id, p_from, p_to) as c
        where c.lots is not null
    ),
    whole as (
        select unnest(range_agg(during)) as during from part
    )
    insert into plant.claim_conflict (machine_id, during, lots)
    select p_machine_id, w.during, array_agg(distinct x.lot order by x.lot)
    from whole as w
    join part as p on p.during && w.during
    cross join lateral unnest(p.lots) as x (lot)
    group by w.during;
    return v_changed;
end
$$;
comment on function plant.resolve_runs(int, timestamptz, timestamptz, text) is
'Works out the runs of a machine anew over a range and queues what changed; returns the number of ranges queued';

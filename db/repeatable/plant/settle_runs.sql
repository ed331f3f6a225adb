-- Works off the list of machines whose runs may have changed.
create or replace function plant.settle_runs(p_rows int default 1000)
returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_taken telemetry.dirty_run[];
    v_one record;
    v_from timestamptz;
    v_to timestamptz;
    v_reason text;
    v_refused int;
begin
    with gone as (
        delete from telemetry.dirty_run as d
        where d.ctid = any (array(
            select x.ctid from telemetry.dirty_run as x order by x.dirty_id limit p_rows for update skip locked
        ))
        returning d as one
    )
    select array_agg(one) into v_taken from gone;
    if v_taken is null then
        return plant.retry_refused();
    end if;

    perform pg_advisory_xact_lock(1819244146, machine_id)
    from (
        select distinct m.machine_id
        from unnest(v_taken) as d cross join lateral unnest(d.machine_ids) as m (machine_id)
        order by m.machine_id
    ) as machines;

    for v_one in
        -- changes less than a day apart are worked out together
        with changed as (
            select m.machine_id, d.from_time, d.to_time, d.cause, d.dirty_id
            from unnest(v_taken) as d cross join lateral unnest(d.machine_ids) as m (machine_id)
        ),
        marked as (
            select *, coalesce(from_time > interval '1 day' + max(to_time) over (
                partition by machine_id order by from_time, dirty_id
                rows between unbounded preceding and 1 preceding
            ), false) as is_far
            from changed
        ),
        parted as (
            select *, sum(is_far::int) over (partition by machine_id order by from_time, dirty_id) as part
            from marked
        )
        select machine_id, min(from_time) as from_time, max(to_time) as to_time,
            array_to_string((array_agg(distinct cause))[1:3], '; ')
                || case when count(distinct cause) > 3
                    then format('; and %s more', count(distinct cause) - 3) else '' end as cause
        from parted
        group by machine_id, part
        order by machine_id, part
    loop
        begin
            perform plant.adopt_claims(v_one.machine_id, v_one.from_time, v_one.to_time);
            select v_one.from_time - 2 * g.longest, v_one.to_time + 2 * g.longest into v_from, v_to
            from (
                select coalesce(max(coalesce(s.max_gap, s.sampling_interval * 5)), interval '0') as longest
                from plant.sensor as s where s.machine_id = v_one.machine_id
            ) as g;
            if exists (
                select from plant.lot_event as e
                where e.machine_id = v_one.machine_id and e.occurred_at between v_one.from_time and v_one.to_time
            ) then
                -- an event reaches to the next start
                v_to := greatest(v_to, coalesce((
                    select min(e.occurred_at) from plant.lot_event as e
                    where e.machine_id = v_one.machine_id and e.event = 'start' and e.occurred_at > v_one.to_time
                ), 'infinity'));
            end if;
            perform plant.resolve_runs(v_one.machine_id, v_from, v_to, v_one.cause);
        exception
            when serialization_failure or deadlock_detected or lock_not_available or query_canceled
                or admin_shutdown or out_of_memory or disk_full then
                raise;
            when others then
                v_reason := sqlerrm;
                insert into telemetry.parked (machine_ids, from_time, to_time, cause, reason)
                values (array[v_one.machine_id], v_one.from_time, v_one.to_time, v_one.cause, v_reason);
        end;
    end loop;
    v_refused := plant.retry_refused();
    return cardinality(v_taken) + v_refused;
end
$$;
comment on function plant.settle_runs(int) is
'Works out anew the runs of machines with changed events, claims or assertions; returns the rows taken from the list, and those put back into it';

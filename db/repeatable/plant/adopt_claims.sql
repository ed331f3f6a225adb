-- Lots, references and operators that readings name and nobody declared. New lots are capped per hour:
-- a device that publishes noise as its lot number must not fill the plant with lots. What the cap
-- refuses is kept in plant.lot_refused and comes back.
-- The reference of a lot is the one that its earliest claim gives, whatever arrives first, and
-- whatever is struck out later.
create or replace function plant.adopt_claims(p_machine_id int, p_from timestamptz, p_to timestamptz)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_claim record;
    v_reference_id int;
begin
    if not exists (
        select from plant.sensor as s
        join telemetry.reading as r on r.sensor_id = s.sensor_id
        where s.machine_id = p_machine_id and r.time >= p_from and r.time <= p_to and r.claim_id is not null
    ) then
        return;
    end if;
    -- who makes or changes lots does so one at a time, after the locks of machines: see ingest.put_event
    perform pg_advisory_xact_lock(1819244148);
    for v_claim in
        select plant.usable_claim(c.lot) as lot, plant.usable_claim(c.reference) as reference,
            plant.usable_claim(c.operator) as operator, min(r.time) as first_at, max(r.time) as last_at
        from plant.sensor as s
        join telemetry.reading as r on r.sensor_id = s.sensor_id
        join telemetry.claim as c on c.claim_id = r.claim_id
        where s.machine_id = p_machine_id and r.time >= p_from and r.time <= p_to and not r.is_struck
        group by 1, 2, 3
        order by min(r.time), 1, 2
    loop
        insert into plant.operator (code)
        select v_claim.operator
        where v_claim.operator is not null
            and not exists (select from plant.operator as o where o.code = v_claim.operator)
        on conflict do nothing;
        continue when v_claim.lot is null;

        if v_claim.reference is not null then
            insert into plant.reference (code, source)
            select v_claim.reference, 'payload'
            where not exists (select from plant.reference as r where r.code = v_claim.reference)
            on conflict do nothing;
        end if;
        select r.reference_id into v_reference_id from plant.reference as r where r.code = v_claim.reference;

        insert into plant.lot (number, source)
        select v_claim.lot, 'payload'
        where not exists (select from plant.lot as l where l.number = v_claim.lot) and plant.new_lots_left() > 0
        on conflict do nothing;
        if not exists (select from plant.lot as l where l.number = v_claim.lot) then
            insert into plant.lot_refused as f (machine_id, lot, from_time, to_time)
            values (p_machine_id, v_claim.lot, v_claim.first_at, v_claim.last_at)
            on conflict (machine_id, lot) do update set
                from_time = least(f.from_time, excluded.from_time), to_time = greatest(f.to_time, excluded.to_time),
                refused_at = excluded.refused_at;
            continue;
        end if;

        with changed as (
            update plant.lot as l
            set reference_id = v_reference_id, reference_source = 'payload', reference_claimed_at = v_claim.first_at
            where l.number = v_claim.lot and v_reference_id is not null
                and (l.reference_source is null and l.reference_id is null
                    or l.reference_source = 'payload' and l.reference_claimed_at > v_claim.first_at)
            returning l.lot_id
        )
        insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
        select array_agg(s.sensor_id), lower(r.during), coalesce(upper(r.during), 'infinity'),
            format('reference of lot %s claimed: %s', v_claim.lot, v_claim.reference)
        from changed as c
        join plant.lot_run as r using (lot_id)
        join plant.sensor as s using (machine_id)
        group by r.run_id;
    end loop;

    -- where the claim that gave a lot its reference was struck out, the earliest that is left gives it
    for v_claim in
        select l.lot_id, l.number as lot, l.reference_id, x.reference_id as new_reference_id, x.reference, x.first_at
        from (
            select distinct o.lot_id
            from plant.sensor as s
            join telemetry.reading as r on r.sensor_id = s.sensor_id
            join telemetry.claim as c on c.claim_id = r.claim_id
            join plant.lot as o on o.number = c.lot
            where s.machine_id = p_machine_id and r.time >= p_from and r.time <= p_to and r.is_struck
                and c.reference is not null
                and o.reference_source = 'payload' and o.reference_claimed_at = r.time
        ) as struck
        join plant.lot as l on l.lot_id = struck.lot_id
        left join lateral (
            select f.reference_id, f.code as reference, r.time as first_at
            from plant.sensor as s
            join telemetry.reading as r on r.sensor_id = s.sensor_id
            join telemetry.claim as c on c.claim_id = r.claim_id
            join plant.reference as f on f.code = c.reference
            where s.machine_id is not null and c.lot = l.number
                and r.time >= l.reference_claimed_at and not r.is_struck
            order by r.time, f.code limit 1
        ) as x on true
    loop
        update plant.lot as l
        set
            reference_id = v_claim.new_reference_id, reference_claimed_at = v_claim.first_at,
            reference_source = case when v_claim.new_reference_id is not null then 'payload'::plant.run_source end
        where l.lot_id = v_claim.lot_id;
        if v_claim.new_reference_id is distinct from v_claim.reference_id then
            perform plant.queue_runs(array[v_claim.lot_id], null, format(
                'reference of lot %s claimed: %s, as what was claimed before is struck out',
                v_claim.lot, coalesce(v_claim.reference, 'none')
            ));
        end if;
    end loop;
end
$$;
comment on function plant.adopt_claims(int, timestamptz, timestamptz) is
'Creates the lots, references and operators that readings of a machine claim in a range';

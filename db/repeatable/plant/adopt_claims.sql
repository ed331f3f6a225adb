-- Lots, references and operators that readings name and nobody declared. New lots are capped per hour:
-- a device that publishes noise as its lot number must not fill the plant with lots.
-- The reference of a lot is the one that its earliest claim gives, whatever arrives first.
create or replace function plant.adopt_claims(p_machine_id int, p_from timestamptz, p_to timestamptz)
returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_claim record;
    v_reference_id int;
begin
    -- who makes or changes lots does so one at a time, after the locks of machines: see ingest.put_event
    perform pg_advisory_xact_lock(1819244148);
    for v_claim in
        select c.lot, c.reference, c.operator, min(r.time) as first_at
        from plant.sensor as s
        join telemetry.reading as r on r.sensor_id = s.sensor_id
        join telemetry.claim as c on c.claim_id = r.claim_id
        where s.machine_id = p_machine_id and r.time >= p_from and r.time <= p_to and not r.is_struck
        group by c.lot, c.reference, c.operator
        order by min(r.time), c.lot, c.reference
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
        where not exists (select from plant.lot as l where l.number = v_claim.lot)
            and (select count(*) from plant.lot as l where l.source = 'payload' and l.created_at > now() - interval '1 hour')
            < (select s.value::int from ops.setting as s where s.name = 'new_lots_per_hour')
        on conflict do nothing;

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
end
$$;
comment on function plant.adopt_claims(int, timestamptz, timestamptz) is
'Creates the lots, references and operators that readings of a machine claim in a range';

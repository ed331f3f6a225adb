-- What readings claim repeats for hours, so it is kept once and pointed at. Claims that are there
-- already are left alone: an identity value lost to every ON CONFLICT would run out in a year.
-- Grouping and windows treat NULLs as equal, which a claim without a reference needs, and unlike a
-- join they stay fast when the planner knows nothing of the size of a batch.
create or replace function ingest.claim_ids(
    p_fate text[], p_has_claim boolean[], p_lot text[], p_reference text[], p_operator text[], p_machine text[]
) returns int[]
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    if not coalesce(true = any (p_has_claim), false) then
        return null;
    end if;
    insert into telemetry.claim (lot, reference, operator, machine)
    select a.lot, a.reference, a.operator, a.machine
    from (
        select null::int as claim_id, u.lot, u.reference, u.operator, u.machine
        from unnest(p_fate, p_has_claim, p_lot, p_reference, p_operator, p_machine)
            as u (fate, has_claim, lot, reference, operator, machine)
        where u.fate = 'store' and u.has_claim
        union all
        select c.claim_id, c.lot, c.reference, c.operator, c.machine
        from telemetry.claim as c
        where c.lot = any (p_lot) or c.lot is null
    ) as a
    group by a.lot, a.reference, a.operator, a.machine
    having count(a.claim_id) = 0
    order by a.lot, a.reference, a.operator, a.machine
    on conflict (lot, reference, operator, machine) do nothing;

    return (
        select array_agg(case when w.has_claim then w.known_id end order by w.ord)
        from (
            select
                a.ord, a.has_claim,
                max(a.claim_id) over (partition by a.lot, a.reference, a.operator, a.machine) as known_id
            from (
                select u.ord, u.has_claim, null::int as claim_id, u.lot, u.reference, u.operator, u.machine
                from unnest(p_has_claim, p_lot, p_reference, p_operator, p_machine) with ordinality
                    as u (has_claim, lot, reference, operator, machine, ord)
                union all
                select null, false, c.claim_id, c.lot, c.reference, c.operator, c.machine
                from telemetry.claim as c
                where c.lot = any (p_lot) or c.lot is null
            ) as a
        ) as w
        where w.ord is not null
    );
end
$$;

comment on function ingest.claim_ids is
'The claim that each reading of a batch points at, in their order; NULL where it carries none';

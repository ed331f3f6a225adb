-- The best lots of a reference: the quarter, and at least 5, that used least per unit. Frozen, until a person asks for
-- a new one. The spread of a phase is taken with its two neighbours on either side, as few lots say little; and it is
-- never less than half of what is usual in the profile, nor than 1 % of its range: 1.4826 MAD, made right for few lots.
create or replace function analytics.freeze_golden(p_reference text default null)
returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows int;
begin
    if p_reference is not null then
        perform plant.reference_named(p_reference);
    end if;
    lock table analytics.golden in share row exclusive mode;
    with ranked as (
        select c.*,
            row_number() over (partition by c.reference_id order by c.energy_kwh_per_unit, c.lot) as nth
        from analytics.golden_candidate as c
        where c.is_right
    ),
    best as (
        select r.*, coalesce(g.version, 0) + 1 as version
        from ranked as r
        join plant.reference as f using (reference_id)
        left join lateral (
            select x.version from analytics.golden as x
            where x.reference_id = r.reference_id order by x.version desc limit 1
        ) as g on true
        where r.candidates >= (select s.value::int from ops.setting as s where s.name = 'golden_minimum_lots')
            and r.nth <= greatest(5, ceil(r.candidates / 4.0))
            and (f.code = p_reference or (p_reference is null and g.version is null))
    ),
    made as (
        insert into analytics.golden (reference_id, version, lots, candidates)
        select b.reference_id, b.version, array_agg(b.lot order by b.finished_at, b.lot), b.candidates
        from best as b group by b.reference_id, b.version, b.candidates
        returning reference_id, version
    ),
    point as (
        select b.reference_id, b.version, m.measure, i.phase, m.figures[i.phase] as value
        from best as b
        join analytics.lot_profile as p using (lot_id)
        cross join lateral (values ('temperature_c', p.temperature_c), ('power_kw', p.power_kw)) as m (measure, figures)
        cross join lateral generate_subscripts(m.figures, 1) as i (phase)
        where m.figures[i.phase] is not null
    ),
    middle as (
        select p.reference_id, p.version, p.measure, p.phase,
            percentile_cont(0.5) within group (order by p.value) as median, count(*)::int as lots
        from point as p
        group by p.reference_id, p.version, p.measure, p.phase
        having count(*) >= 3
    ),
    deviation as (
        select m.reference_id, m.version, m.measure, m.phase, m.median, m.lots,
            1.4826 * m.lots / (m.lots - 0.8) * percentile_cont(0.5) within group (order by abs(p.value - m.median)) as spread
        from middle as m
        join point as p using (reference_id, version, measure, phase)
        group by m.reference_id, m.version, m.measure, m.phase, m.median, m.lots
    ),
    smooth as (
        select d.*, sqrt(avg(d.spread ^ 2) over (
            partition by d.reference_id, d.version, d.measure order by d.phase rows between 2 preceding and 2 following
        )) as around
        from deviation as d
    ),
    usual as (
        select s.reference_id, s.version, s.measure,
            greatest(
                percentile_cont(0.5) within group (order by s.around) / 2, 0.01 * (max(s.median) - min(s.median)),
                1e-6 * max(abs(s.median)), 1e-9
            ) as least
        from smooth as s
        group by s.reference_id, s.version, s.measure
    )
    insert into analytics.golden_phase (reference_id, version, measure, phase, median, spread, lots)
    -- of one lot about the median: the median itself is uncertain by pi / 2n of its variance
    select s.reference_id, s.version, s.measure, s.phase, s.median,
        greatest(s.around, u.least) * sqrt(1 + pi() / (2 * s.lots)), s.lots
    from smooth as s
    join usual as u using (reference_id, version, measure)
    join made as g using (reference_id, version);
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function analytics.freeze_golden(text) is
'Makes golden profiles of references that have none, or a new one of the reference that is named; how many phases it wrote';
